// A process of its own that sends what is due, once, and dies at a write of a number, as a power cut
// would kill it.
import { writeSync } from 'node:fs';
import { unseal } from '../../src/deliver/seal.js';
import { newInstanceId } from '../../src/keys/id.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { placesOf } from '../../src/notice-places.js';
import { sendDue } from '../../src/notify/sender.js';
import { systemPorts } from '../../src/ports.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import type { Store } from '../../src/store/store.js';
import { HeldClock } from '../setup/held-clock.js';

const [url = '', sealKey = '', port = '', laterMs = '0', dieAt = '0', side = ''] =
  process.argv.slice(2);
const clock = new HeldClock();
clock.advanceMs(Number(laterMs));
const ports = { ...systemPorts(), clock };
const nowMs = () => clock.nowMs();
let count = 0;

/** Every write is counted: what is taken, what is decided, and what became of it. */
async function counted<T>(write: () => Promise<T>): Promise<T> {
  count += 1;
  const isTheOne = count === Number(dieAt);
  if (isTheOne && side === 'before') process.kill(process.pid, 'SIGKILL');
  const result = await write();
  if (isTheOne) process.kill(process.pid, 'SIGKILL');
  return result;
}

function dying(store: Store): Store {
  const notices = new Proxy(store.notices, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const isWrite = name === 'leaseNotices' || name === 'settleNotices';
      const run = value.bind(target);
      return isWrite ? (...args: unknown[]) => counted(() => run(...args)) : run;
    },
  });
  return new Proxy(store, {
    get(target, name) {
      if (name === 'notices') return notices;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const store = await openSqlite({ url, role: 'tool', ports });
const address = { host: '127.0.0.1', port: Number(port), security: 'none' } as const;
await sendDue({
  store: dying(store),
  ports,
  nowMs,
  instanceId: newInstanceId({ nowMs: nowMs(), random: ports.random }),
  places: placesOf({ smtp: { ...address, from: 'keys@acme.example' } }, nowMs),
  quietHours: null,
  openSealed: (id, sealed) => unseal(new Plaintext(sealKey), id, sealed),
});
await store.close();
writeSync(1, `${JSON.stringify({ count })}\n`);
