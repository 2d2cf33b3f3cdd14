// One round of `warm`: Keyturn's check and the floor, in turn, in this process.
import { createKeyturn } from 'keyturn';
import { answering } from '../measure/answering.js';
import { inTurn } from '../measure/in-turn.js';
import { plaintextsOf } from '../measure/keys.js';
import { randomPicks } from '../measure/picks.js';
import { checkOf, floorMap, floorOf, recordedBy } from './contenders.js';

answering(async ({ database, durationMs }) => {
  const keyturn = await createKeyturn({ database: database.url });
  const keys = plaintextsOf(database.seed, database.count);
  for (const plaintext of keys) await keyturn.verify({ plaintext });
  const traffic = { keys, picks: randomPicks(keys.length) };
  const floor = floorOf(floorMap(keys), traffic);
  const { checks, contender } = checkOf(keyturn, traffic);
  const before = recordedBy(keyturn);
  const costs = await inTurn({ floor, ours: contender, again: floor }, durationMs);
  const recorded = recordedBy(keyturn) - before;
  if (recorded !== checks.done) {
    throw new Error(`${checks.done} checks were made, and ${recorded} recorded.`);
  }
  await keyturn.close();
  return { hello: costs };
});
