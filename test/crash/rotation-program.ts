// A process of its own that rotates a key, and dies before or after the n-th commit, as a power cut
// would kill it. What came of it stands on standard output, as JSON, a line each.
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { openPostgres } from '../../src/store/postgres/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import type { Store } from '../../src/store/store.js';

const [url = '', kind = '', when = 'never', number = '0'] = process.argv.slice(2);
const ports = systemPorts();
const options = { url, role: 'tool', ports } as const;

let commits = 0;
let isCounting = false;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Passes everything on, and dies at the commit that was named. */
function mortal(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'commit' || !isCounting) return value.bind(target);
      return async (...told: readonly unknown[]) => {
        commits += 1;
        const isMeant = commits === Number(number);
        if (isMeant && when === 'before') die();
        const result: unknown = await value.apply(target, told);
        if (isMeant && when === 'after') die();
        return result;
      };
    },
  });
}

const open = () => (url.startsWith('sqlite:') ? openSqlite(options) : openPostgres(options));
const keyturn = await makeKeyturn(
  { database: url },
  { role: 'tool', ports, openStore: async () => mortal(await open()) },
);
const { key, plaintext } = await keyturn.keys.create({ name: kind });
process.stdout.write(`${JSON.stringify({ id: key.id, plaintext })}\n`);
isCounting = true;
const input = kind === 'emergency' ? { compromised: true, reason: 'leaked' } : {};
const answer = await keyturn.keys.rotate(key.id, input);
if (kind === 'finish' && 'rotation' in answer) {
  await keyturn.rotations.finish(answer.rotation.id);
  await keyturn.rotations.finish(answer.rotation.id);
}
process.stdout.write(`${JSON.stringify({ commits })}\n`);
await keyturn.close();
