import { RotationOpenError, StateConflictError, UnprocessableError } from '../errors.js';
import { formatDuration, parseDuration } from '../keys/duration.js';
import { type KeyRecord, stateAt } from '../keys/key.js';
import { type Located, requireReason } from '../lifecycle/change-key.js';
import type { Act } from '../lifecycle/context.js';
import { requireCovers } from '../lifecycle/rights.js';
import type { RotateInput } from '../rotation-views.js';
import type { RotationRecord } from '../store/rotation.js';
import type { Details } from './details.js';
import { policyOf } from './policies.js';
import { MAX_EMERGENCY_OVERLAP_MS, type Terms } from './terms.js';

/** What was asked for, once it is known to be possible. */
export interface Order {
  readonly located: Located;
  readonly terms: Terms;
  readonly input: RotateInput;
  readonly overlapMs: number | null;
  readonly deliver: Details['deliver'];
  /** The one that holds the key's place; only an emergency ends it. */
  readonly open: RotationRecord | undefined;
}

/** Reads all that decides whether and how, beside the key; the terms only if they are not known. */
export async function orderOf(
  act: Act,
  located: Located & { readonly terms?: Terms },
  input: RotateInput,
): Promise<Order> {
  const { key, keyspace } = located;
  if (keyspace.isManagement) requireCovers(act.rights, key);
  refuseEnded(key, act.lifecycle.nowMs());
  requireReason(input.reason ?? null);
  if (input.compromised === true && input.reason === undefined) {
    const fix = 'Say what happened: it stands in the audit trail.';
    throw new UnprocessableError([{ pointer: '/reason', message: 'is needed.', fix }]);
  }
  if (input.compromised === true && input.keep === true) {
    const fix = 'Leave it out. To let the old secret live for an hour at most, give an overlap.';
    const message = 'cannot be in an emergency: the secret that leaked ends at its deadline.';
    throw new UnprocessableError([{ pointer: '/keep', message, fix }]);
  }
  const terms = located.terms ?? (await policyOf(act, key));
  refuseLongLife(input);
  const overlapMs = overlapOf(input, terms);
  const open = await act.lifecycle.store.openRotationOf(key.id);
  if (open !== undefined && input.compromised !== true) throw new RotationOpenError(open.id);
  const deliver = await deliverOf(act, key, input);
  return { located, terms, input, overlapMs, deliver, open };
}

/** Unless it is said, to the key's destinations, if it has some. */
async function deliverOf({ lifecycle, rights }: Act, { id }: KeyRecord, { deliver }: RotateInput) {
  if (deliver !== undefined && deliver !== 'destinations') return deliver;
  const destinations = await lifecycle.store.automation.destinationsOf(id);
  if (destinations.length > 0) return 'destinations';
  if (deliver === undefined) return 'answer';
  const message = 'cannot be: the key has no destination.';
  const fix =
    rights.actor.kind === 'scheduler'
      ? `Add one: keyturn destination create NAME --key ${id}, or take schedule.deliver out of its policy.`
      : 'Add one, or leave it out: then the new secret is answered.';
  throw new UnprocessableError([{ pointer: '/deliver', message, fix }]);
}

/** By claim an overlap counts from the opening: a secret that leaked would live until somebody opens. */
function refuseLongLife({ compromised, deliver, overlap }: RotateInput): void {
  if (compromised !== true || deliver !== 'claim' || overlap === undefined) return;
  if (emergencyOverlapOf(overlap) === 0) return;
  const message = 'cannot be with a claim in an emergency: it would count from the opening.';
  const fix = 'Leave it out: every earlier secret ends at once.';
  throw new UnprocessableError([{ pointer: '/overlap', message, fix }]);
}

function refuseEnded(key: KeyRecord, nowMs: number): void {
  const state = stateAt(key, nowMs);
  if (state === 'revoked') {
    throw new StateConflictError('This key is revoked, and that is for ever. Create another key.');
  }
  if (state === 'expired') {
    throw new StateConflictError('This key has expired. Move its expiry first, then rotate it.');
  }
}

/** In milliseconds; null: as the policy says. */
function overlapOf({ overlap, compromised, deliver }: RotateInput, terms: Terms): number | null {
  if (compromised === true) {
    if (overlap !== undefined) return emergencyOverlapOf(overlap);
    return deliver === 'claim' ? 0 : emergencyOverlapBy(terms);
  }
  if (overlap === undefined) return null;
  const whose = `of the policy "${terms.policy}"`;
  const overlapMs = boundedOverlap(overlap, terms.overlap.hardMs, whose);
  if (overlapMs >= terms.overlap.minMs) return overlapMs;
  const message = `is shorter than the least, ${formatDuration(terms.overlap.minMs)}, ${whose}.`;
  const fix = 'Give a longer one. For a secret that leaked, rotate with "compromised".';
  throw new UnprocessableError([{ pointer: '/overlap', message, fix }]);
}

/**
 * How long the secrets before an emergency are accepted still, in milliseconds.
 * @throws {UnprocessableError} it is no duration, or too long.
 */
export function emergencyOverlapOf(overlap: string): number {
  return boundedOverlap(overlap, MAX_EMERGENCY_OVERLAP_MS, 'of an emergency');
}

/** The same where nobody says it: by the policy. */
export function emergencyOverlapBy({ emergency }: Terms): number {
  return emergency?.overlapMs ?? 0;
}

function boundedOverlap(overlap: string, mostMs: number, whose: string): number {
  const overlapMs = parseDuration(overlap);
  const pointer = '/overlap';
  if (overlapMs === undefined) {
    const fix = 'Write it like 7d, 12h or 30m.';
    throw new UnprocessableError([{ pointer, message: 'is no duration.', fix }]);
  }
  if (overlapMs <= mostMs) return overlapMs;
  const message = `is longer than the ${formatDuration(mostMs)} ${whose}.`;
  throw new UnprocessableError([{ pointer, message, fix: 'Give a shorter one, or leave it out.' }]);
}
