import type { EventType } from '../audit/event.js';
import type { ProbeOutcome, ProbeTerms } from '../deliver/probe.js';
import type { Digest } from '../keys/digest.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { SecretRecord } from '../keys/secret.js';
import type { ConsumerUse } from '../store/consumers.js';
import type { Told } from '../store/notices.js';
import type { RotationRecord, RotationState, RotationStep } from '../store/rotation.js';
import type { InstanceRow } from '../store/store.js';
import type { ClaimLink } from './claim-link.js';
import type { Opened } from './delivery.js';
import type { Details } from './details.js';
import type { LinkOut, Mailing } from './link-mail.js';
import { unwritten } from './written.js';

/** What a client that presents the new secret would hear; or nothing, where the store is silent. */
export type ProbeResult =
  | { readonly kind: 'unanswered' }
  | {
      readonly kind: 'answered';
      readonly isAccepted: boolean;
      /** A damaged one is refused. */
      readonly isDamagedRefused: boolean;
      /** What its key may not do is refused. */
      readonly isBeyondScopeRefused: boolean;
    };

/** What a step may look at. It changes nothing outside: what it decides, the machine writes. */
export interface Scenery {
  readonly nowMs: number;
  /** The new secret, where this process holds it. */
  readonly plaintext: Plaintext | undefined;
  /** The same, sealed, where it is to be kept for a while. */
  readonly sealed: string | undefined;
  /** The sequence of what the machine wrote last for this rotation; undefined: not known here. */
  readonly committed: number | undefined;
  instances(): Promise<readonly InstanceRow[]>;
  consumers(): Promise<readonly ConsumerUse[]>;
  /** Brown-outs of the key that are not of the secret that retires now. */
  brownoutsBefore(): Promise<Details['brownouts']>;
  /** Whether the keyspace may have another brown-out; it is taken then. */
  takeBrownout(): Promise<boolean>;
  /** The key's destinations, in their order; each open, or why it is not. */
  destinations(): Promise<readonly Opened[]>;
  /** Whether the key's owner is to have a link by mail. */
  mailing(): Promise<Mailing>;
  /** What became of the mail with the claim's link; undefined: there is none. */
  linkMail(): Promise<Told | undefined>;
  /** A new link; null: none can be made. */
  mintLink(): ClaimLink | null;
  /** Whether a secret can be kept sealed while it is on its way to several places. */
  readonly canSeal: boolean;
  /** The last change that is committed. */
  head(): Promise<number>;
  probe(plaintext: Plaintext): Promise<ProbeResult>;
  /** Tries the new secret as a policy says, and when that was over, in milliseconds UTC. */
  probeBy(own: ProbeTerms): Promise<{ readonly outcome: ProbeOutcome; readonly endedAt: number }>;
}

/** What a step is about. */
export interface StepContext {
  readonly rotation: RotationRecord;
  readonly details: Details;
  readonly key: KeyRecord;
  readonly keyspace: KeyspaceRecord;
  readonly scenery: Scenery;
}

/** Secrets that change, and the fact that is recorded of their key. */
interface SecretChange {
  readonly type: EventType;
  readonly secrets: readonly SecretRecord[];
}

/**
 * What a step comes to. `wait` is no change; all others are written with their events, once.
 */
export type StepOutcome =
  | {
      readonly kind: 'go';
      readonly to: RotationStep;
      readonly details?: Partial<Details>;
      /** Of the link that opens the claim from now on; null: none does. Absent: as before. */
      readonly claimDigest?: Digest | null;
      /** The same link, with how its owner gets it. */
      readonly link?: LinkOut;
      readonly change?: SecretChange;
    }
  | { readonly kind: 'wait'; readonly untilMs: number | null; readonly seen: string | null }
  | {
      readonly kind: 'stay';
      readonly state: 'waiting' | 'retrying' | 'needs_operator';
      readonly untilMs: number | null;
      readonly details: Partial<Details>;
      /** What is shown of it until it is looked at again; absent: what was seen last. */
      readonly seen?: string;
      /** The fact that is recorded of it; absent: that it was changed. */
      readonly type?: EventType;
      readonly change?: SecretChange;
    }
  | {
      readonly kind: 'close';
      readonly state: Extract<RotationState, 'completed' | 'rolled_back' | 'aborted'>;
      readonly details?: Partial<Details>;
      readonly change?: SecretChange;
    };

/** What a step or a person has decided: a change. */
export type Decision = Exclude<StepOutcome, { readonly kind: 'wait' }>;

/** One step. It may be run again at any time: it looks at what is, and goes on from there. */
export type Step = (context: StepContext) => Promise<StepOutcome>;

/** The secret of this number, if the key has it. */
export function secretOf(key: KeyRecord, number: number | null): SecretRecord | undefined {
  return key.secrets.find((secret) => secret.number === number);
}

/** A secret in another state; nobody is told a deadline of what is not retiring. */
export function inState(secret: SecretRecord, state: SecretRecord['state']): SecretRecord {
  const isRetiring = state === 'retiring';
  return {
    ...secret,
    state,
    deadline: isRetiring ? secret.deadline : null,
    brownout: isRetiring ? secret.brownout : null,
  };
}

/**
 * The key was revoked, or its new secret was: there is nothing to replace, or nothing to use.
 */
export function endedOutside(context: StepContext): Decision | undefined {
  const { key, details } = context;
  if (key.state === 'revoked') return { kind: 'close', state: 'aborted' };
  const successor = secretOf(key, details.newNumber);
  if (successor?.state !== 'revoked') return undefined;
  return isLeftOpen(details) ? leftOpen(context, asksFor(details)) : rolledBack(key, details);
}

/** The old secret is the current one again, and the new one is gone. */
export function rolledBack(key: KeyRecord, details: Details): Decision {
  const old = secretOf(key, details.oldNumber);
  const successor = secretOf(key, details.newNumber);
  const secrets: SecretRecord[] = [];
  if (successor !== undefined && successor.state !== 'revoked') {
    secrets.push(inState(successor, 'revoked'));
  }
  if (old?.state === 'retiring') secrets.push(inState(old, 'current'));
  // What the rotation before was retiring, nobody watches any more.
  if (details.isCompromised) {
    const isEarlier = ({ number, state }: SecretRecord) =>
      number !== details.oldNumber && number !== details.newNumber && state !== 'revoked';
    secrets.push(...key.secrets.filter(isEarlier).map((one) => inState(one, 'revoked')));
  }
  const change =
    secrets.length === 0 ? {} : { change: { type: 'secret.revoked', secrets } as const };
  return { kind: 'close', state: 'rolled_back', ...change };
}

/** What was issued is refused, and nobody has it: another is issued, once. */
export function reissued(context: StepContext): Decision {
  const { key, details } = context;
  const back = takenBack(context);
  if (back.kind !== 'go') return back;
  if (details.attemptCount > 0) {
    return isLeftOpen(details) ? leftOpen(context, asksFor(details)) : rolledBack(key, details);
  }
  const attemptCount = details.attemptCount + 1;
  const destinations = (details.destinations ?? []).map(unwritten);
  return { ...back, details: { ...back.details, attemptCount, destinations } };
}

/** Nobody has what was issued for this: it is discarded, and a claim waits for a new link. */
export function takenBack(context: StepContext): Decision {
  const { key, details } = context;
  if (isLeftOpen(details)) {
    return leftOpen(context, details.deliver === 'destinations' ? null : asksFor(details));
  }
  const back = rolledBack(key, details);
  if (details.deliver !== 'claim' && details.deliver !== 'destinations') return back;
  const change = back.change === undefined ? {} : { change: back.change };
  if (details.deliver === 'destinations') {
    return {
      kind: 'go',
      to: 'issue',
      details: { ...UNISSUED, ...pastBrownouts(details), sealedForDelivery: null },
      ...change,
    };
  }
  const unopened = { ...UNOPENED, ...pastBrownouts(details) };
  return { kind: 'go', to: 'announce', details: unopened, claimDigest: null, ...change };
}

/** They count against the key's bound, and are no evidence for the secret that comes. */
export function pastBrownouts({
  brownouts,
  brownoutsBefore = [],
}: Details): Pick<Details, 'brownouts' | 'brownoutsBefore'> {
  return { brownouts: [], brownoutsBefore: [...brownoutsBefore, ...brownouts] };
}

/**
 * Once what leaked has an end, no emergency is undone by itself. Before, whoever waits for the answer
 * was told that it failed, and nobody waits for a delivery: a leak may have been reported by a program.
 * By claim every secret has ended already, and it waits for a link.
 */
function isLeftOpen({ isCompromised, deliver, deadline }: Details): boolean {
  if (!isCompromised || deliver === 'claim') return false;
  return deliver === 'destinations' || deadline !== null;
}

function asksFor({ oldNumber, deadline }: Details): string {
  const until = deadline === null ? 'until then' : 'up to the deadline at the longest';
  return `There is no new secret: what was issued is gone. Retry issues another. Secret ${oldNumber}, which was reported as leaked, is accepted ${until}.`;
}

/**
 * What leaked ends at its time, though nothing has replaced it: it is never the current one again.
 * @param asks of a person, who has another issued; null: it is issued by itself.
 */
function leftOpen(context: StepContext, asks: string | null): Decision {
  const { key, details, rotation, scenery } = context;
  const { nowMs } = scenery;
  const { deadline } = details;
  const hasEnd = deadline !== null;
  const isOver = hasEnd && deadline <= nowMs;
  const oldNumber = overtakenBy(context) ?? details.oldNumber;
  const secrets = key.secrets
    // Before anything was accepted in its place, what leaked has no end yet: it is as it was.
    .filter(({ number, state }) => state !== 'revoked' && (number !== oldNumber || hasEnd))
    .map((one) =>
      one.number === oldNumber && !isOver
        ? { ...inState(one, 'retiring'), deadline }
        : inState(one, 'revoked'),
    );
  const ended = isOver ? { revokedAt: details.revokedAt ?? nowMs } : {};
  const destinations = (details.destinations ?? []).map(unwritten);
  const left = { ...UNISSUED, oldNumber, deadline, destinations, asks, ...ended };
  const rest = {
    details: { ...left, sealed: null, sealedUntil: null, sealedForDelivery: null },
    change: { type: 'secret.revoked', secrets } as const,
  };
  if (rotation.step !== 'issue') return { kind: 'go', to: 'issue', ...rest };
  return {
    kind: 'stay',
    state: asks === null ? 'waiting' : 'needs_operator',
    untilMs: nowMs,
    ...rest,
  };
}

/** What a rotation is before its secret is issued. */
const UNISSUED = {
  newNumber: null,
  deliveredAt: null,
  handedOverAt: null,
  softAt: null,
  brownoutAnnounced: null,
  observedFrom: null,
  deadline: null,
  lateSince: null,
  sight: null,
  asks: null,
} as const satisfies Partial<Details>;

/** What a claim is before it is opened. */
export const UNOPENED = {
  ...UNISSUED,
  claimClosesAt: null,
  isLinkGivenUp: false,
  remindedCount: 0,
} as const satisfies Partial<Details>;

/**
 * Another secret is the current one than the one that is to be replaced: a rotation ended in
 * between. Undefined: it is as it was. An emergency replaces whichever it is.
 */
export function overtakenBy({ key, details }: StepContext): number | undefined {
  const { oldNumber, newNumber } = details;
  const current = key.secrets.find(({ state }) => state === 'current')?.number;
  return current === oldNumber || current === newNumber ? undefined : current;
}
