// A server that rotates a key and works on its rotation, and waits to be stopped before the n-th commit
// of it. What came of it stands on standard output, as JSON, a line each.
import { createInterface } from 'node:readline';
import { KeyturnError } from '../../src/errors.js';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { openPostgres } from '../../src/store/postgres/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import type { Store } from '../../src/store/store.js';

const [url = '', kind = '', number = '0'] = process.argv.slice(2);
const LOOK_MS = 20;
const ports = systemPorts();
const options = { url, role: 'server', ports } as const;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

let commits = 0;
let isCounting = false;
/** What came of the commit that was named is told first. */
let told: Promise<unknown> = Promise.resolve();

/** Passes everything on; the commit that was named once somebody has said so. */
function patient(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'commit' || !isCounting) return value.bind(target);
      return (...given: readonly unknown[]) => {
        commits += 1;
        const commit = (): unknown => value.apply(target, given);
        if (commits !== Number(number)) return commit();
        told = toldOf(commit);
        return told;
      };
    },
  });
}

async function toldOf(commit: () => unknown): Promise<unknown> {
  tell('waiting');
  await lines.next();
  const result = await commit();
  tell(result);
  return result;
}

const open = () => (url.startsWith('sqlite:') ? openSqlite(options) : openPostgres(options));
const keyturn = await makeKeyturn(
  { database: url },
  { role: 'server', ports, openStore: async () => patient(await open()) },
);
const policy = `ends-at-once-${process.pid}`;
await keyturn.policies.create({ name: policy, evidence: { undo: '0s' } });
const { key } = await keyturn.keys.create({ name: kind, policy });
tell({ id: key.id });
isCounting = true;
try {
  const input = kind === 'emergency' ? { compromised: true, reason: 'leaked' } : {};
  const answer = await keyturn.keys.rotate(key.id, input);
  const id = 'rotation' in answer ? answer.rotation.id : '';
  if (kind === 'finish') await keyturn.rotations.finish(id);
  // What is left its worker does, by itself.
  for (;;) {
    const { closedAt, state } = await keyturn.rotations.get(id);
    if (closedAt !== null) {
      await told;
      tell({ code: state, commits });
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
} catch (error) {
  await told;
  tell({ code: error instanceof KeyturnError ? error.code : String(error), commits });
}
await keyturn.close();
process.stdin.destroy();

function tell(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
