// A process of its own that rotates a key, answers a check of the new secret, and dies at once, as a
// power cut would kill it. What it has done stands on standard output, as JSON, a line each.
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { openPostgres } from '../../src/store/postgres/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';

const [url = '', recording = ''] = process.argv.slice(2);
const CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };
const POLICY = 'no-gaps';
const LOOK_MS = 20;

const ports = systemPorts();
const options = { url, role: 'server', ports } as const;
const store = await (url.startsWith('sqlite:') ? openSqlite(options) : openPostgres(options));
const isWriteThrough = recording === 'write-through';
const keyturn = await makeKeyturn(
  { database: url, recording: isWriteThrough ? recording : 'batched' },
  { role: 'server', ports, openStore: async () => store },
);
await keyturn.policies.create({ name: POLICY, evidence: { gaps: '0s' } });
const made = await keyturn.keys.create({ name: 'Acme CI', policy: POLICY });
await keyturn.verify({ plaintext: made.plaintext, ...CLIENT });
await until(async () => {
  const dry = await keyturn.keys.rotate(made.key.id, { dryRun: true });
  return 'plan' in dry && dry.plan.consumers.length === 1;
});
const rotated = await keyturn.keys.rotate(made.key.id);
if (!('plaintext' in rotated)) throw new Error('There is no plaintext.');
const { plaintext, rotation } = rotated;
// Once it is known, an answer takes no turn of the event loop, and so no timer writes it down.
await keyturn.verify({ plaintext, address: '198.51.100.9', userAgent: 'other/1' });
const [instance] = await store.listInstances();
process.stdout.write(`${JSON.stringify({ id: rotation.id, instance: instance?.id })}\n`);
const verdict = await keyturn.verify({ plaintext, ...CLIENT });
process.stdout.write(`${JSON.stringify({ valid: verdict.valid })}\n`);
process.kill(process.pid, 'SIGKILL');

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
