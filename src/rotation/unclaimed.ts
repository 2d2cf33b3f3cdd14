import type { SecretRecord } from '../keys/secret.js';
import { usersOf } from './baseline.js';
import { withRefusedBefore } from './refused-in-grace.js';
import { look } from './sight.js';
import {
  type Decision,
  inState,
  type StepContext,
  type StepOutcome,
  secretOf,
  UNOPENED,
} from './step.js';
import { endOld } from './steps/observe.js';

const LOOK_AGAIN_MS = 60_000;
const NOT_OPENED = 'The claim was not opened in time: retry makes a new link, abort ends it.';
const IN_USE =
  'The claim was not opened in time. Its policy disables the old secret then, but that is the only one and in use: retry makes a new link, abort ends it.';

/** What comes of a claim that nobody has opened. No policy ends an only secret that is in use. */
export async function unclaimed(context: StepContext): Promise<StepOutcome> {
  const { key, details, scenery } = context;
  const { terms, oldNumber, keepsOld, frozenAt, baseline, claimClosesAt } = details;
  const old = secretOf(key, oldNumber);
  const isLive = old?.state === 'current' || old?.state === 'retiring';
  if (terms.claim.unclaimed !== 'disable' || keepsOld || !isLive) {
    return askInstead(context, NOT_OPENED);
  }
  const sinceMs = frozenAt - terms.evidence.baselineMs;
  const sight = await look(context);
  const users = usersOf(await scenery.consumers(), { number: oldNumber, sinceMs });
  if (users.length > 0 || baseline.length > 0) return askInstead(context, IN_USE);
  // Whether anybody uses it is not known yet: some instance has not told what it saw.
  const isWhole = sight.evidence.some(({ id, state }) => id === 'E4' && state === 'met');
  if (!isWhole || sight.at < (claimClosesAt ?? Infinity)) {
    return { kind: 'wait', untilMs: scenery.nowMs + LOOK_AGAIN_MS, seen: JSON.stringify(sight) };
  }
  if (old.state === 'retiring') {
    return withRefusedBefore(context, endOld(context, { end: 'unclaimed', sight }));
  }
  // As any other it retires first: the next look ends it.
  const change = { type: 'secret.retiring', secrets: [inState(old, 'retiring')] } as const;
  return { kind: 'stay', state: 'waiting', untilMs: scenery.nowMs, details: {}, change };
}

/** A person decides what becomes of a claim; meanwhile the key has the secret that it had. */
export function askInstead(context: StepContext, asks: string): StepOutcome {
  const change = restored(context);
  const details = { asks, isLinkGivenUp: false };
  return { kind: 'stay', state: 'needs_operator', untilMs: null, details, change };
}

/** The key has the secret that it had. */
export function restored({ key, details }: StepContext) {
  const old = secretOf(key, details.oldNumber);
  const secrets: SecretRecord[] = old?.state === 'retiring' ? [inState(old, 'current')] : [];
  return { type: 'secret.activated', secrets } as const;
}

/** The secret that was disabled because nobody claimed its successor is accepted again. */
export function reclaimed({ key, details }: StepContext): Decision {
  const old = secretOf(key, details.oldNumber);
  const secrets = old?.state === 'disabled' ? [inState(old, 'retiring')] : [];
  const reset = { end: null, sight: null, disabledAt: null, undoUntil: null } as const;
  return {
    kind: 'go',
    to: 'announce',
    details: { ...UNOPENED, ...reset },
    claimDigest: null,
    change: { type: 'secret.retiring', secrets },
  };
}
