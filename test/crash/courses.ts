import type { Rotation } from '../../src/rotation-views.js';
import { CLAIMS } from './claimed-courses.js';
import { type Course, hasOne, rotate, say, waitFor } from './course.js';
import { DELIVERED } from './delivered-courses.js';
import type { People } from './people.js';

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];

const isRevoked = async (people: People) => (await people.key()).state === 'revoked';
/** Time leaps by a day here, so that who dies after a leap has told nothing of that day. */
const evidence = { gaps: '2d' };

/** Each way that a rotation can go is one of these, or what becomes of one that was cut off. */
export const COURSES: Readonly<Record<string, Course>> = {
  agreed: {
    policy: { approval: { approvers: 1 } },
    begin: rotate,
    at: {
      approve: say('approve'),
      issue: say('retry'),
      async observe(people, last) {
        // What is brought back has no deadline.
        if (last.deadline === null) return people.say(last, 'finish');
        if (last.waivers.length === 0) {
          const input = { consumer: last.consumers[0]?.id ?? '', reason: 'is gone' };
          return people.say(last, 'waive', input);
        }
        const farMs = Date.parse(last.deadline) - Date.parse(last.deliveredAt ?? '');
        if (farMs < 40 * DAY_MS) return people.say(last, 'extend', { until: '50d' });
        return people.say(last, 'finish');
      },
      async disable(people, last) {
        if (last.deadline === null) return people.pass(2 * DAY_MS);
        return people.say(last, 'undo');
      },
    },
  },

  'browned out': {
    policy: { brownouts: { after: '0s', for: '5m', share: [100, 50, 10] } },
    begin: rotate,
    at: {
      async observe(people, last) {
        const [first, second, third] = last.brownouts;
        if (first === undefined) {
          await people.use(people.known.shown.at(-1));
          return people.pass(MINUTE_MS);
        }
        if (first.state === 'under_way') return people.say(last, 'undo');
        if (second === undefined) return people.say(last, 'skip');
        if (third === undefined) return people.pass(2 * DAY_MS);
        if (third.state === 'under_way') return people.pass(HOUR_MS);
        return people.say(last, 'finish');
      },
      disable: waitFor(2 * DAY_MS),
    },
  },

  'by itself': {
    policy: { selfRotation: true },
    begin: (people, count) => people.rotateSelf(count + 1),
    lost: (people, _last, count) => people.rotateSelf(count),
    at: {
      async observe(people, last) {
        // What was kept for a lost answer is erased first.
        const isFresh = people.fleet.clock.nowMs() < Date.parse(last.createdAt) + 20 * MINUTE_MS;
        return isFresh ? people.pass(HOUR_MS) : people.say(last, 'finish');
      },
      disable: waitFor(2 * DAY_MS),
    },
  },

  'on evidence': {
    policy: { evidence },
    begin: rotate,
    at: {
      async observe(people) {
        await people.use(people.known.shown.at(-1));
        return people.pass(DAY_MS);
      },
      disable: say('finish'),
    },
  },

  'past its deadline': {
    policy: { overlap: { hard: '3d', soft: '1d', atHard: 'extend' }, evidence },
    begin: rotate,
    at: {
      async observe(people, last) {
        await people.use();
        const isExtended =
          Date.parse(last.deadline ?? '') > Date.parse(last.createdAt) + 3.5 * DAY_MS;
        return isExtended ? people.say(last, 'finish') : people.pass(DAY_MS);
      },
      disable: waitFor(2 * DAY_MS),
    },
  },

  late: {
    policy: { overlap: { hard: '3d', soft: '1d', atHard: 'hold' }, evidence },
    begin: rotate,
    at: {
      async observe(people, last) {
        await people.use();
        return last.lateSince === null ? people.pass(DAY_MS) : people.say(last, 'finish');
      },
      disable: waitFor(2 * DAY_MS),
    },
  },

  leaked: {
    begin: (people) => people.rotate({ compromised: true, reason: 'leaked' }),
    at: { issue: say('retry') },
    isOver: hasOne,
  },

  'leaked while it is rotated': {
    begin: rotate,
    at: {
      async observe(people, last) {
        const input = { compromised: true, reason: 'leaked', overlap: '30m' };
        return last.compromised ? people.pass(HOUR_MS) : people.rotate(input);
      },
      issue: say('retry'),
    },
    isOver: hasOne,
  },

  'leaked with others': {
    begin: (people) => people.emergency(),
    at: { issue: say('retry') },
    isOver: hasOne,
  },

  'leaked, and the new one revoked by hand': {
    begin: (people) => people.rotate({ compromised: true, reason: 'leaked', overlap: '30m' }),
    at: {
      issue: say('retry'),
      async observe(people, last) {
        const { secrets } = await people.key();
        if (secrets.some(({ state }) => state === 'revoked')) return people.pass(HOUR_MS);
        return people.revoke(last.newSecret ?? 0);
      },
    },
    isOver: hasOne,
  },

  ...CLAIMS,

  ...DELIVERED,

  'rolled back': {
    isHasty: true,
    begin: rotate,
    at: {
      ...everywhere('rollback'),
      // Whoever has died never tells that nobody used the new secret: it retires then.
      observe: (people, last) => people.say(last, isTurned(last) ? 'finish' : 'rollback'),
      disable: waitFor(2 * DAY_MS),
    },
    isOver: () => true,
  },

  'rolled back before': thrice('rollback'),

  'rolled back in use': {
    begin: rotate,
    at: {
      async observe(people, last) {
        if (isTurned(last)) return people.say(last, 'finish');
        await people.use(people.known.shown.at(-1));
        return people.say(last, 'rollback');
      },
      disable: waitFor(2 * DAY_MS),
    },
  },

  'ended before': thrice('abort'),

  ended: {
    isHasty: true,
    begin: rotate,
    at: { ...everywhere('abort'), observe: revokeKey },
    isOver: isRevoked,
  },

  'revoked while it retires': {
    begin: rotate,
    at: { observe: say('finish'), disable: revokeKey },
    isOver: isRevoked,
  },

  'the old secret revoked by hand': {
    begin: rotate,
    at: {
      async observe(people, last) {
        const { secrets } = await people.key();
        const old = secrets.find(({ number }) => number === last.oldSecret);
        if (old?.state === 'revoked') return people.pass(HOUR_MS);
        return people.revoke(last.oldSecret);
      },
    },
  },

  'both secrets revoked by hand': {
    begin: rotate,
    at: {
      observe: say('finish'),
      async disable(people, last) {
        const { secrets } = await people.key();
        for (const number of [last.oldSecret, last.newSecret]) {
          const secret = secrets.find((one) => one.number === number);
          if (secret && secret.state !== 'revoked') return people.revoke(secret.number);
        }
        return people.pass(HOUR_MS);
      },
    },
    isOver: async (people) => {
      const { secrets } = await people.key();
      return secrets.every(({ state }) => state === 'revoked');
    },
  },
};

const isTurned = ({ oldSecret, newSecret }: Rotation) => oldSecret > (newSecret ?? 0);

/** The rotation ends when it is looked at next. */
async function revokeKey(people: People): Promise<void> {
  await ((await isRevoked(people)) ? people.pass(HOUR_MS) : people.revoke());
}

/** The same word wherever the secret is issued, and where both are accepted. */
function everywhere(word: 'rollback' | 'abort'): Course['at'] {
  const said = say(word);
  return { issue: said, activate: said, probe: said, observe: said };
}

/** Three rotations: one is ended before it is agreed to, one before its link is opened, one before it is issued. */
function thrice(word: 'rollback' | 'abort'): Course {
  const said = say(word);
  return {
    policy: { approval: { approvers: 1 } },
    begin: (people, count) => people.rotate(count === 1 ? { deliver: 'claim' } : {}),
    at: {
      approve: (people, last, count) => people.say(last, count === 1 ? word : 'approve'),
      announce: said,
      issue: said,
    },
    isOver: (_people, count) => count >= 3,
  };
}
