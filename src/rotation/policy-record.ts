import { isDeepStrictEqual } from 'node:util';
import { StoreCorruptError } from '../errors.js';
import { formatTime } from '../keys/duration.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Act } from '../lifecycle/context.js';
import { recordFact } from '../lifecycle/key-events.js';
import { requireReceiver } from '../lifecycle/rights.js';
import type { Policy } from '../policy-views.js';
import type { PolicyRecord } from '../store/rotation.js';
import { hasFollower } from './policy-followers.js';
import { viewTerms } from './policy-input.js';
import { RUNWAY_MS } from './schedule/schedule.js';
import type { Terms } from './terms.js';

/** The terms of a policy, as stored. @throws {StoreCorruptError} they are damaged. */
export function termsIn({ name, body }: PolicyRecord): Terms {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new StoreCorruptError(
      `The policy "${name}" holds damaged JSON. Restore the database from a backup.`,
      { cause },
    );
  }
}

/** A policy as the faces show it. */
export function viewPolicy(policy: PolicyRecord, keyspace: string): Policy {
  const { name, createdAt, updatedAt, version } = policy;
  const times = { createdAt: formatTime(createdAt), updatedAt: formatTime(updatedAt) };
  return { name, keyspace, ...viewTerms(termsIn(policy)), ...times, version };
}

/** What writes a policy, with its event. Keys that follow it have a runway before a new schedule. */
export async function planPut(
  act: Act,
  keyspace: KeyspaceRecord,
  put: { readonly terms: Terms; readonly before: PolicyRecord | undefined },
) {
  const { before } = put;
  requireProbeEditor(act, keyspace, put);
  const nowMs = act.lifecycle.nowMs();
  const terms = await withRunway(act, keyspace, put);
  const policy: PolicyRecord = {
    keyspaceId: keyspace.id,
    name: terms.policy,
    body: JSON.stringify(terms),
    createdAt: before?.createdAt ?? nowMs,
    updatedAt: nowMs,
    version: (before?.version ?? 0) + 1,
  };
  const { event } = factOf(act, keyspace, {
    type: 'policy.applied',
    name: terms.policy,
    before: before === undefined ? {} : factsOf(termsIn(before)),
    after: factsOf(terms),
  });
  const expectedVersion = before?.version ?? 0;
  const write = { kind: 'put_policy', policy, expectedVersion } as const;
  const change = { writes: [write], events: [event], personal: [] };
  return { change, answer: viewPolicy(policy, keyspace.name) };
}

/** @throws {ForbiddenError} who edits a probe may not receive secrets. */
function requireProbeEditor(
  { rights }: Act,
  keyspace: KeyspaceRecord,
  { terms, before }: { readonly terms: Terms; readonly before: PolicyRecord | undefined },
): void {
  const was = before === undefined ? null : (termsIn(before).probe ?? null);
  if (!isDeepStrictEqual(terms.probe ?? null, was)) requireReceiver(rights, keyspace);
}

/** The event of a change to a policy. */
export function factOf(
  act: Act,
  keyspace: KeyspaceRecord,
  fact: {
    readonly type: 'policy.applied' | 'policy.deleted';
    readonly name: string;
    readonly before: ReturnType<typeof factsOf>;
    readonly after: ReturnType<typeof factsOf>;
  },
) {
  const { type, name, before, after } = fact;
  const subject = { kind: 'policy', id: name } as const;
  return recordFact(act, { type, keyspaceId: keyspace.id, subject, before, after });
}

/** Terms as an event has them. */
export function factsOf(terms: Terms) {
  return JSON.parse(JSON.stringify(viewTerms(terms)));
}

/** Terms whose new schedule or expiry leaves the keys that follow them time to get ready. */
export async function withRunway(
  { lifecycle }: Act,
  keyspace: KeyspaceRecord,
  { terms, before }: { readonly terms: Terms; readonly before: PolicyRecord | undefined },
): Promise<Terms> {
  const { schedule = null, expiry = null } = terms;
  const was = before === undefined ? undefined : termsIn(before);
  const areSame = isSame(schedule, was?.schedule) && isSame(expiry, was?.expiry);
  if (areSame) return terms;
  const { store } = lifecycle;
  if (!(await hasFollower(store, { keyspaceId: keyspace.id, name: terms.policy }))) return terms;
  const untilMs = lifecycle.nowMs() + RUNWAY_MS;
  return {
    ...terms,
    schedule: withRunwayOf(schedule, was?.schedule, untilMs),
    expiry: withRunwayOf(expiry, was?.expiry, untilMs),
  };
}

interface OnRunway {
  readonly runwayUntil: number | null;
}

function withRunwayOf<T extends OnRunway>(
  part: T | null,
  was: OnRunway | null | undefined,
  untilMs: number,
): T | null {
  if (part === null || isSame(part, was)) return part;
  return { ...part, runwayUntil: Math.max(untilMs, part.runwayUntil ?? 0) };
}

/** Whatever its runway is. What is not there changes nothing for anybody. */
function isSame(one: OnRunway | null, other: OnRunway | null | undefined): boolean {
  if (one === null) return true;
  return (
    JSON.stringify({ ...one, runwayUntil: null }) ===
    JSON.stringify({ ...other, runwayUntil: null })
  );
}
