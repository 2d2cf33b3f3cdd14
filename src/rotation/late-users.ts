import { formatTime } from '../keys/duration.js';
import type { RefusedUsers } from '../refused-views.js';
import type { RotationRecord } from '../store/rotation.js';
import type { Store } from '../store/store.js';
import { endingOf } from './straggler.js';

const SHOWN = 20;

/** Who used the secret that a rotation has ended; null: it has not. */
export async function lateUsersOf(
  store: Store,
  rotation: RotationRecord,
): Promise<RefusedUsers | null> {
  const ending = endingOf(rotation);
  if (ending === undefined) return null;
  const { keyId } = rotation;
  const secretNumber = ending.details.oldNumber;
  const { straggler, intruder } = await store.countLate(keyId, secretNumber);
  const uses = await store.lateUsesOf({ keyId, secretNumber, limit: SHOWN });
  return {
    stragglers: straggler,
    intruders: intruder,
    consumers: uses.flatMap(({ consumer, lateAs, count, lastAt }) => {
      if (lateAs === null) return [];
      const { id, label } = consumer;
      return [{ id, label, who: lateAs, count, lastUsedAt: formatTime(lastAt) }];
    }),
  };
}
