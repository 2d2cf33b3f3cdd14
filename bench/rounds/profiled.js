// Checks and nothing else, for `../profile.js`.
import { setTimeout as pause } from 'node:timers/promises';
import { makeKeyturn } from '../../dist/keyturn.js';
import { answering } from '../measure/answering.js';
import { plaintextsOf } from '../measure/keys.js';
import { randomPicks } from '../measure/picks.js';
import { checkOf } from './contenders.js';

const SLICE = 5_000;
const BREATH_MS = 3;

answering(async ({ kind, database, durationMs }) => {
  const options = kind === 'cold' ? { cacheBytes: 1 } : {};
  const keyturn = await makeKeyturn({ database: database.url }, options);
  await keyturn.open();
  const keys = plaintextsOf(database.seed, database.count);
  for (const plaintext of keys) await keyturn.verify({ plaintext });
  const { contender } = checkOf(keyturn, { keys, picks: randomPicks(keys.length) });
  const endsAt = performance.now() + durationMs;
  while (performance.now() < endsAt) {
    if (contender(SLICE) !== SLICE) throw new Error('Not every check was accepted.');
    await pause(BREATH_MS);
  }
  return { hello: undefined, close: () => keyturn.close() };
});
