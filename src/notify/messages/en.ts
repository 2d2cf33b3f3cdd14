import type { Say } from '../say.js';
import type { Language } from './language.js';

/** `API key "Acme CI"` for one, `3 API keys` for more. */
function keys(items: readonly { readonly name: string }[], say: Say): string {
  const [only] = items;
  if (items.length === 1 && only !== undefined) return `API key “${say.name(only.name)}”`;
  return say.count(items.length, { one: '# API key', other: '# API keys' });
}

function verb(items: readonly unknown[], one: string, many: string): string {
  return items.length === 1 ? one : many;
}

const STATE = { rolled_back: 'rolled back', aborted: 'aborted' } as const;
const HOW = {
  by_itself: 'it is replaced by itself',
  by_claim: 'you will get a link to the new secret',
  by_person: 'somebody has to replace it',
} as const;
const LEAKED = {
  rotated: 'it is being replaced, and ends',
  revoked: 'it is refused for ever',
  to_do: 'it is as it was, until somebody acts',
  over: 'it was refused before, or is being replaced',
} as const;
const AT_DEADLINE = {
  hold: 'Both secrets are accepted on after the deadline, until somebody decides.',
  extend: 'The deadline is moved if the old secret is still in use.',
  revoke: 'At the deadline the old secret is refused, whoever uses it.',
} as const;

/**
 * English: the language of whoever has none of the others.
 * @public
 */
export const en: Language = {
  notices: {
    due: {
      headline: (items, say) => `${keys(items, say)} will be replaced soon`,
      paragraphs: () => [
        'A new secret takes the place of the one in use. The old one is accepted on for a while, so nothing breaks if you move in time.',
      ],
      detail: ({ dueAtMs, how }, say) => `due ${say.time(dueAtMs)}; ${HOW[how]}`,
    },
    not_started: {
      headline: (items, say) => `${keys(items, say)}: the rotation cannot begin`,
      paragraphs: () => [
        'The schedule asks for it, and it is refused. It is tried again by itself; until its reason is put right, the secret grows older.',
      ],
      detail: ({ dueAtMs, reason }, say) => `due ${say.time(dueAtMs)}: ${say.name(reason)}`,
    },
    started: {
      headline: (items, say) => `${keys(items, say)}: a new secret is accepted`,
      paragraphs: (items, _say, role) => [
        'Both the old and the new secret are accepted. Please move to the new one.',
        ...(items.some(({ isClaimed }) => isClaimed === true)
          ? [
              role === 'owner'
                ? 'Somebody has opened the link to it. If that was not you, open the same link again and say so there: the new secret ends.'
                : 'Somebody has opened the link to it. If it was not who should have, roll the rotation back: the new secret ends.',
            ]
          : []),
      ],
      detail: ({ deadlineAtMs }, say) =>
        deadlineAtMs === null ? 'no deadline' : `deadline ${say.time(deadlineAtMs)}`,
    },
    claim_link: {
      headline: (items, say) => `Your new secret for ${keys(items, say)}`,
      paragraphs: (items) => [
        `${verb(items, 'The link', 'Each link')} below shows the new secret once, to whoever opens it first. Do not pass this mail on. Open it where you can keep the secret; the old one works until you have moved.`,
        'If you did not expect this mail, open nothing and tell us by a reply.',
      ],
      detail: ({ closesAtMs }, say) => `the link works until ${say.time(closesAtMs)}`,
    },
    claim_reminder: {
      headline: (items, say) => `Your new secret for ${keys(items, say)} is still waiting`,
      paragraphs: () => [
        'There is a link for you to the new secret, and it has not been opened. If you do not have it, or cannot find it, reply to this mail: you will get another link, and the first will open nothing.',
      ],
      detail: ({ linkedAtMs, closesAtMs }, say) =>
        `link of ${say.time(linkedAtMs)}, works until ${say.time(closesAtMs)}`,
    },
    needs_approval: {
      headline: (items, say) => `${keys(items, say)}: an approval is needed`,
      paragraphs: () => [
        'A rotation waits. Whoever asked for it cannot approve it: it takes another person.',
      ],
      detail: ({ askedBy, rotationId }, say) => `asked by ${say.name(askedBy)}, ${rotationId}`,
    },
    needs_operator: {
      headline: (items, say) => `${keys(items, say)}: the rotation needs a person`,
      paragraphs: () => ['It does not go on by itself. Nothing was taken away from anybody.'],
      detail: ({ rotationId, step, reason }, say) =>
        `${rotationId}, ${say.name(step)}: ${say.name(reason)}`,
    },
    stragglers: {
      headline: (items, say) => `${keys(items, say)}: the old secret is still in use`,
      paragraphs: (items) => [
        ...new Set(items.map(({ atDeadline }) => AT_DEADLINE[atDeadline])),
        'Please move the programs that are named below to the new secret.',
      ],
      detail: ({ labels, deadlineAtMs }, say) =>
        `${say.list(labels.map(say.name))}; deadline ${say.time(deadlineAtMs)}`,
    },
    done: {
      headline: (items, say) => `${keys(items, say)}: replaced`,
      paragraphs: () => ['The old secret is refused. There is nothing left to do.'],
      detail: ({ finishedAtMs }, say) => `finished ${say.time(finishedAtMs)}`,
    },
    failed: {
      headline: (items, say) => `${keys(items, say)}: the rotation failed`,
      paragraphs: () => ['The secret from before is the one that counts.'],
      detail: ({ rotationId, state, reason }, say) =>
        `${rotationId}, ${STATE[state]}: ${say.name(reason)}`,
    },
    expiring: {
      headline: (items, say) => `${keys(items, say)} ${verb(items, 'expires', 'expire')} soon`,
      paragraphs: () => ['After that time every request with it is refused.'],
      detail: ({ expiresAtMs }, say) => `expires ${say.time(expiresAtMs)}`,
    },
    past_policy: {
      headline: (items, say) => `${keys(items, say)} ${verb(items, 'is', 'are')} past the policy`,
      paragraphs: () => [
        'The secret is older than the rules allow. It still works, because it is in use: please replace it.',
      ],
      detail: ({ policy, sinceAtMs }, say) =>
        `policy ${say.name(policy)}, since ${say.time(sinceAtMs)}`,
    },
    unused: {
      headline: (items, say) => `${keys(items, say)}: nobody uses ${verb(items, 'it', 'them')}`,
      paragraphs: () => [
        'A key that nobody needs is one that can be stolen. Please revoke it, or use it. To keep it without a use, enable it: that also works once it is disabled.',
      ],
      detail: ({ lastUsedAtMs, disablesAtMs }, say) => {
        const last = lastUsedAtMs === null ? 'never used' : `last used ${say.time(lastUsedAtMs)}`;
        return disablesAtMs === null ? last : `${last}; disabled ${say.time(disablesAtMs)}`;
      },
    },
    new_network: {
      headline: (items, say) => `${keys(items, say)}: used from a new network`,
      paragraphs: () => ['If that was not you, the secret is in other hands: tell us at once.'],
      detail: ({ network, seenAtMs }, say) =>
        `from ${say.name(network)}, first ${say.time(seenAtMs)}`,
    },
    self_rotation: {
      headline: (items, say) => `${keys(items, say)}: the secret was replaced with the key itself`,
      paragraphs: (items) => [
        'Whoever holds the key has asked for a new secret. If that was not you, tell us at once: the key can be taken back.',
        ...(items.some(({ awaitsOwner }) => awaitsOwner)
          ? ['It came from a place that we do not know, and waits for your word.']
          : []),
      ],
      detail: ({ rotatedAtMs, network }, say) =>
        `${say.time(rotatedAtMs)}, from ${say.name(network)}`,
    },
    brownout_announced: {
      headline: (items, say) =>
        `${keys(items, say)}: the old secret will be refused for a short time`,
      paragraphs: () => [
        'This finds programs that still use the old secret. They get the status 403 with Retry-After, and are accepted again after it.',
      ],
      detail: ({ startsAtMs, lengthMs, sharePercent }, say) =>
        `${say.time(startsAtMs)}, for ${say.duration(lengthMs)}, ${say.percent(sharePercent)} of the calls`,
    },
    used_after_end: {
      headline: (items, say) => `${keys(items, say)}: a secret that has ended is used`,
      paragraphs: (items) => [
        'It is refused. A program that was not moved has to get the new secret.',
        ...(items.some(({ who }) => who === 'intruder')
          ? ['Somebody that nobody waited for has it, too: if that was not you, tell us at once.']
          : []),
      ],
      detail: ({ secretNumber, who, label, lastUsedAtMs }, say) =>
        `secret ${secretNumber}, ${who}: ${say.name(label)}, last ${say.time(lastUsedAtMs)}`,
    },
    leaked: {
      headline: (items, say) => `${keys(items, say)}: a secret was found in the open`,
      paragraphs: (items) => [
        items.some(({ outcome }) => outcome === 'to_do')
          ? 'Whoever has found it can use it. Please see to it now that the secret is replaced, and then ended.'
          : 'Please find out how it got there, and what else lay beside it.',
      ],
      detail: ({ secretNumber, outcome, reportedAtMs }, say) =>
        `secret ${secretNumber}, reported ${say.time(reportedAtMs)}; ${LEAKED[outcome]}`,
    },
    owner_unreachable: {
      headline: (items, say) => `${keys(items, say)}: the owner could not be told`,
      paragraphs: () => [
        'A mail to the owner is not taken, for an hour and more or for good. Put its reason right, then send it again; a link of a claim can be handed over instead: rotation retry makes a new one.',
      ],
      detail: ({ untold, reason }, say) => `${untold}: ${say.name(reason)}`,
    },
  },
  digest: {
    headline: (noticeCount, say) =>
      say.count(noticeCount, { one: '# notice about API keys', other: '# notices about API keys' }),
    part: (kindName, { keyCount, say }) =>
      `${kindName}: ${say.count(keyCount, { one: '# key', other: '# keys' })}`,
  },
  kindNames: {
    due: 'Due soon',
    not_started: 'Cannot begin',
    started: 'Started',
    claim_link: 'Link sent',
    claim_reminder: 'Link not opened',
    needs_approval: 'Needs an approval',
    needs_operator: 'Needs a person',
    stragglers: 'Old secret still in use',
    done: 'Replaced',
    failed: 'Failed',
    expiring: 'Expires soon',
    past_policy: 'Past the policy',
    unused: 'Not used',
    new_network: 'Used from a new network',
    self_rotation: 'Replaced by the key itself',
    brownout_announced: 'Brown-out announced',
    used_after_end: 'Used after its end',
    leaked: 'Found in the open',
    owner_unreachable: 'Owner could not be told',
  },
  emergency: (headline) => `Emergency: ${headline}`,
  more: (keyCount, say) => say.count(keyCount, { one: 'and # more key', other: 'and # more keys' }),
  footer: (keyspaceName, role) =>
    role === 'owner'
      ? `You get this mail because you own API keys of ${keyspaceName}.`
      : `Keyspace ${keyspaceName}.`,
  words: { key: 'Key', link: 'Open the new secret', next: 'Next' },
};
