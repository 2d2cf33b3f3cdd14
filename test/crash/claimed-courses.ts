import { type Course, hasOne, say, waitFor } from './course.js';

const DAY_MS = 86_400_000;
/** Time leaps by a day here, so that who dies after a leap has told nothing of that day. */
const evidence = { gaps: '2d' };

/** Those by claim. */
export const CLAIMS: Readonly<Record<string, Course>> = {
  claimed: {
    policy: { approval: { approvers: 1 }, claim: { remind: ['1d'], close: '30d' }, evidence },
    begin: (people) => people.rotate({ deliver: 'claim' }),
    at: {
      approve: say('approve'),
      async announce(people, last) {
        const { sent = 0, total = 0 } = last.reminders ?? {};
        const isLinked = last.claimExpiresAt !== null;
        if (!isLinked || people.known.links.length < 2) return people.say(last, 'retry');
        if (sent < total) return people.pass(DAY_MS);
        await people.open().catch(() => people.say(last, 'retry'));
      },
      async observe(people, last) {
        const [accepted] = await people.accepted();
        // The first secret is lost by its owner, who asks for another link.
        if (accepted === undefined || people.known.shown.length < 2) {
          return people.say(last, 'retry');
        }
        await people.use(accepted);
        return people.say(last, 'finish');
      },
      disable: waitFor(2 * DAY_MS),
    },
  },

  'claimed by a stranger': {
    policy: { evidence },
    begin: (people) => people.rotate({ deliver: 'claim' }),
    at: {
      async announce(people, last) {
        if (last.claimExpiresAt === null) return people.say(last, 'retry');
        await people.open().catch(() => people.say(last, 'retry'));
      },
      async observe(people, last) {
        if (await people.disown(last)) return;
        const [accepted] = await people.accepted();
        if (accepted === undefined) return people.say(last, 'retry');
        await people.use(accepted);
        return people.say(last, 'finish');
      },
      disable: waitFor(2 * DAY_MS),
    },
  },

  'not claimed': {
    isUnused: true,
    policy: { claim: { close: '2d', remind: [], unclaimed: 'disable' }, evidence },
    begin: (people) => people.rotate({ deliver: 'claim' }),
    at: {
      async announce(people, last) {
        return last.claimExpiresAt === null ? people.say(last, 'retry') : people.pass(40 * DAY_MS);
      },
      async disable(people, last) {
        return people.known.links.length < 2 ? people.say(last, 'undo') : people.pass(2 * DAY_MS);
      },
    },
  },

  'leaked, by claim': {
    begin: (people) => people.rotate({ compromised: true, reason: 'leaked', deliver: 'claim' }),
    at: {
      async announce(people, last) {
        if (last.claimExpiresAt === null) return people.say(last, 'retry');
        await people.open().catch(() => people.say(last, 'retry'));
      },
    },
    isOver: hasOne,
  },
};
