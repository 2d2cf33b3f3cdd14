import type { EventType } from '../audit/event.js';
import type { Digest } from '../keys/digest.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { SecretRecord } from '../keys/secret.js';
import type { ConsumerUse } from '../store/consumers.js';
import type { RotationRecord, RotationState, RotationStep } from '../store/rotation.js';
import type { InstanceRow } from '../store/store.js';
import type { Details } from './details.js';

/** What a client that presents the new secret would hear. */
export interface ProbeResult {
  readonly isAccepted: boolean;
  /** A damaged one is refused. */
  readonly isDamagedRefused: boolean;
  /** What its key may not do is refused. */
  readonly isBeyondScopeRefused: boolean;
}

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
  /** The last change that is committed. */
  head(): Promise<number>;
  probe(plaintext: Plaintext): Promise<ProbeResult>;
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
      readonly change?: SecretChange;
    }
  | { readonly kind: 'wait'; readonly untilMs: number | null; readonly seen: string | null }
  | {
      readonly kind: 'stay';
      readonly state: 'waiting' | 'needs_operator';
      readonly untilMs: number | null;
      readonly details: Partial<Details>;
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
export function endedOutside({ key, details }: StepContext): Decision | undefined {
  if (key.state === 'revoked') return { kind: 'close', state: 'aborted' };
  const successor = secretOf(key, details.newNumber);
  if (successor?.state === 'revoked') return rolledBack(key, details);
  return undefined;
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

/** The old secret works again, and is observed anew; no deadline ends it by itself. */
export function broughtBack(
  { terms, brownouts }: Pick<Details, 'terms' | 'brownouts'>,
  old: SecretRecord,
  nowMs: number,
): Decision {
  // Else what has ended it would do so again at once.
  const require = [...new Set([...terms.evidence.require, 'E3' as const])];
  const secrets = [{ ...old, state: 'retiring' as const, deadline: null, brownout: null }];
  return {
    kind: 'go',
    to: 'observe',
    details: {
      terms: { ...terms, evidence: { ...terms.evidence, require } },
      brownouts,
      end: null,
      sight: null,
      disabledAt: null,
      undoUntil: null,
      observedFrom: nowMs,
      deadline: null,
      atDeadline: 'hold',
      asks: null,
    },
    change: { type: 'secret.retiring', secrets },
  };
}

/** Nobody has what was issued for this: it is discarded, and a claim waits for a new link. */
export function takenBack(key: KeyRecord, details: Details): Decision {
  const back = rolledBack(key, details);
  if (details.deliver !== 'claim') return back;
  const change = back.change === undefined ? {} : { change: back.change };
  return { kind: 'go', to: 'announce', details: UNOPENED, claimDigest: null, ...change };
}

/** What a claim is before it is opened. */
export const UNOPENED = {
  newNumber: null,
  claimClosesAt: null,
  remindedCount: 0,
  deliveredAt: null,
  observedFrom: null,
  deadline: null,
  lateSince: null,
  sight: null,
  asks: null,
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
