// A process of its own that rotates what is due, once, and dies at a write of a number, as a power cut
// would kill it. What it did stands on standard output, as JSON.
import { writeSync } from 'node:fs';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import { HeldClock } from '../setup/held-clock.js';
import { aroundWrites } from '../setup/store-writes.js';

const [url = '', laterMs = '0', notices = '{}', dieAt = '0', side = ''] = process.argv.slice(2);
const clock = new HeldClock();
clock.advanceMs(Number(laterMs));
const ports = { ...systemPorts(), clock };
let count = 0;

/** Every write is counted. */
async function counted<T>(write: () => Promise<T>): Promise<T> {
  count += 1;
  const isTheOne = count === Number(dieAt);
  if (isTheOne && side === 'before') process.kill(process.pid, 'SIGKILL');
  const result = await write();
  if (isTheOne) process.kill(process.pid, 'SIGKILL');
  return result;
}

const keyturn = await makeKeyturn(
  { database: url, publicUrl: 'https://keys.example', notices: JSON.parse(notices) },
  {
    role: 'tool',
    ports,
    openStore: async (options) =>
      aroundWrites(await openSqlite({ ...options, role: 'tool', ports }), counted),
  },
);
await keyturn.open();
count = 0; // Whatever opening it has written.
const { needsOperator } = await keyturn.rotateDue();
writeSync(1, `${JSON.stringify({ needsOperator, count })}\n`);
await keyturn.close();
