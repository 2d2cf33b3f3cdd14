import { StateConflictError } from '../../src/errors.js';
import type { RotationVerb } from '../../src/rotation-views.js';
import { type Act, type Course, rotate, say, waitFor } from './course.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const FILE = 'env';

/** Those whose new secret is delivered to files. */
export const DELIVERED: Readonly<Record<string, Course>> = {
  delivered: {
    delivery: { files: [FILE] },
    begin: rotate,
    at: { observe: say('finish'), disable: waitFor(2 * DAY_MS) },
  },

  'delivered to two': {
    delivery: { files: [FILE, 'other'], isSealed: true },
    policy: { approval: { approvers: 1 } },
    begin: rotate,
    at: { approve: say('approve'), observe: say('finish'), disable: waitFor(2 * DAY_MS) },
  },

  'leaked, delivered': {
    delivery: { files: [FILE] },
    begin: (people) => people.rotate({ compromised: true, reason: 'leaked' }),
    at: {},
  },

  'probed and delivered': {
    delivery: { files: [FILE] },
    policy: { probe: { command: 'failing' } },
    begin: rotate,
    at: {
      probe: (people, last) =>
        last.state === 'needs_operator' ? people.say(last, 'skip') : people.pass(MINUTE_MS),
      observe: say('finish'),
      disable: waitFor(2 * DAY_MS),
    },
  },

  'delivery rolled back': twice('rollback'),
  'delivery ended': twice('abort'),
};

/** Who died with what it saw of a secret that a place was sent has never told: then none may end it. */
async function abortOrRollback(...[people, last]: Parameters<Act>): Promise<void> {
  try {
    await people.say(last, 'abort');
  } catch (fault) {
    if (!(fault instanceof StateConflictError)) throw fault;
    await people.say(last, 'rollback');
  }
}

/** Two rotations: of one the file holds what is not the key's, of the other it cannot be written. */
function twice(word: RotationVerb): Course {
  const said = word === 'abort' ? abortOrRollback : say(word);
  return {
    delivery: { files: [FILE], isRefused: true },
    async begin(people, count) {
      await people.places.put(FILE, count === 0 ? 'of somebody else' : people.known.first);
      await people.rotate();
    },
    at: {
      preflight: said,
      deliver: said,
      observe: waitFor(DAY_MS),
      disable: waitFor(2 * DAY_MS),
    },
    isOver: (_people, count) => count >= 2,
  };
}
