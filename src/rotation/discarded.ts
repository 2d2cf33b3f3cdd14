import type { Details } from './details.js';
import type { Decision, StepContext } from './step.js';

const MAX_KEPT = 20; // Of one rotation, the last: each but the first is a person's word, or a fault.
/** What a policy's probe has asked with a new secret may be looked up long after it was given up. */
const PROBED_LATE_MS = 60_000;

/**
 * A new secret that was taken back, before anybody had it or with a rollback. Whoever uses it has got
 * it from somewhere.
 */
export interface Discarded {
  readonly secret: number;
  /** In milliseconds UTC: what comes later is told of. */
  readonly at: number;
}

/** With the secrets that this move ends, but for the old one that it ends as such. */
export function withDiscarded(
  details: Details,
  { change }: Decision,
  { key, scenery }: Pick<StepContext, 'key' | 'scenery'>,
): Details {
  const live = new Set(
    key.secrets.filter(({ state }) => state !== 'revoked').map(({ number }) => number),
  );
  const isDiscarded = (number: number) =>
    live.has(number) && (number !== details.oldNumber || details.revokedAt === null);
  const ended = (change?.secrets ?? [])
    .filter(({ number, state }) => state === 'revoked' && isDiscarded(number))
    .map(({ number: secret }): Discarded => ({ secret, at: scenery.nowMs }));
  if (ended.length === 0) return details;
  return { ...details, discarded: [...(details.discarded ?? []), ...ended].slice(-MAX_KEPT) };
}

/** From when uses of a secret are told of that this rotation has discarded; undefined: it has not. */
export function discardedAt(
  { discarded = [], terms }: Pick<Details, 'discarded' | 'terms'>,
  secretNumber: number,
): number | undefined {
  const found = discarded.find(({ secret }) => secret === secretNumber);
  if (found === undefined) return undefined;
  return found.at + (terms.probe ? PROBED_LATE_MS : 0);
}
