import type { EventType } from '../../audit/event.js';
import { formatDuration, formatTime } from '../../keys/duration.js';
import type { EventId } from '../../keys/id.js';
import { type KeyRecord, stateAt } from '../../keys/key.js';
import type { JsonValue } from '../../keys/metadata.js';
import { pastPolicyOf } from '../../keys/past-policy.js';
import type { SlotRow } from '../../store/automation.js';
import type { Telling } from '../notice-records.js';
import { onceId } from '../schedule/told-once.js';
import { DAY_MS, type Terms } from '../terms.js';
import type { ExpiryTerms } from './expiry-terms.js';
import {
  idleSince,
  lastUseOf,
  type Stage,
  sayAt,
  stageAt,
  stageSaidAt,
  type Uses,
} from './moments.js';
import { type Idle, WARNED, type Warning } from './warning.js';

/** Where a policy names no stages, so long before a key expires its people are told. */
const EXPIRING_MS: readonly number[] = [7 * DAY_MS];

/** A key beside what is known of it. */
export interface Looked {
  readonly key: KeyRecord;
  readonly uses: Uses;
  /** As it is planned; undefined: no schedule rotates it. */
  readonly slot: SlotRow | undefined;
  /** That its people are warned, as it is unused; undefined: it is in use, or that is not said yet. */
  readonly warning: Warning | undefined;
}

/** By what a key is judged. Times are milliseconds UTC. */
export interface Rules {
  readonly terms: Terms;
  /** When the policy was changed last. */
  readonly changedAt: number;
  readonly nowMs: number;
}

/** Something that is to be recorded of a key once, and told. */
export interface Finding {
  readonly key: KeyRecord;
  /** The same for each who finds it. */
  readonly id: EventId;
  readonly type: Extract<
    EventType,
    'key.due_soon' | 'key.expiring' | 'key.past_policy' | 'key.unused'
  >;
  readonly after: Readonly<Record<string, JsonValue>>;
  readonly reason: string | null;
  readonly telling: Telling;
  /** What it is a stage of. */
  readonly cycle: string;
}

/** What is to be said of an active key by now, whether it was said or not. */
export function findingsOf(looked: Looked, rules: Rules): readonly Finding[] {
  const { key } = looked;
  if (stateAt(key, rules.nowMs) !== 'active') return [];
  const isAnybodyTold = (rules.terms.notify?.channels ?? []).length > 0;
  const stages = isAnybodyTold ? [dueSoon(looked, rules), expiring(looked, rules)] : [];
  return [...stages, pastPolicy(looked, rules), unused(looked, rules)].filter(
    (finding) => finding !== undefined,
  );
}

function dueSoon({ key, slot }: Looked, rules: Rules): Finding | undefined {
  const { schedule = null, notify } = rules.terms;
  if (slot === undefined || schedule === null) return undefined;
  const { dueAt, startAt } = slot;
  const stage = stageOf(key, rules, { stagesMs: notify?.dueMs ?? [], atMs: startAt });
  if (stage === undefined) return undefined;
  const name = formatDuration(stage.beforeMs);
  const how = HOW[schedule.deliver ?? 'destinations'];
  return {
    key,
    id: onceId(`key.due_soon ${key.id} ${dueAt} ${stage.beforeMs}`, dueAt),
    type: 'key.due_soon',
    after: {
      policy: rules.terms.policy,
      stage: name,
      startAt: formatTime(startAt),
      dueAt: formatTime(dueAt),
    },
    reason: null,
    telling: { kind: 'due', stage: name, facts: { dueAtMs: dueAt, how } },
    cycle: formatTime(dueAt),
  };
}

const HOW = { destinations: 'by_itself', claim: 'by_claim', notice: 'by_person' } as const;

function expiring({ key }: Looked, rules: Rules): Finding | undefined {
  const { expiresAt } = key;
  if (expiresAt === null) return undefined;
  const { dueMs = [] } = rules.terms.notify ?? {};
  const stagesMs = dueMs.length > 0 ? dueMs : EXPIRING_MS;
  const stage = stageOf(key, rules, { stagesMs, atMs: expiresAt });
  if (stage === undefined) return undefined;
  const name = formatDuration(stage.beforeMs);
  return {
    key,
    id: onceId(`key.expiring ${key.id} ${expiresAt} ${stage.beforeMs}`, expiresAt),
    type: 'key.expiring',
    after: { policy: rules.terms.policy, stage: name, expiresAt: formatTime(expiresAt) },
    reason: null,
    telling: { kind: 'expiring', stage: name, facts: { expiresAtMs: expiresAt } },
    cycle: formatTime(expiresAt),
  };
}

/** Undefined: it is not the time of any. */
function stageOf(
  key: KeyRecord,
  { changedAt, nowMs }: Rules,
  { stagesMs, atMs }: { readonly stagesMs: readonly number[]; readonly atMs: number },
): Stage | undefined {
  const stage = stageAt(stagesMs, { atMs, nowMs });
  return stage !== undefined && nowMs >= stageSaidAt(key, stage, changedAt) ? stage : undefined;
}

/** Once for each secret. */
function pastPolicy({ key }: Looked, { terms, nowMs }: Rules): Finding | undefined {
  const { expiry = null, policy } = terms;
  const past = pastPolicyOf(key, { maxAgeMs: expiry?.maxAgeMs ?? null, nowMs });
  if (expiry === null || past === undefined) return undefined;
  const { secret, sinceAt } = past;
  if (nowMs < sayAt(key, expiry, sinceAt)) return undefined;
  return {
    key,
    id: onceId(`key.past_policy ${key.id} ${secret.number}`, secret.createdAt),
    type: 'key.past_policy',
    after: { policy, secret: secret.number, sinceAt: formatTime(sinceAt) },
    reason: null,
    telling: { kind: 'past_policy', stage: 'past', facts: { policy, sinceAtMs: sinceAt } },
    cycle: String(secret.number),
  };
}

/** A key that nobody uses. */
interface Unused {
  /** Since when there was no use of it. */
  readonly idleAt: number;
  /** When that is said. */
  readonly saidAt: number;
}

/** Undefined: it is in use, or may be without one. */
export function unusedOf(
  { key, uses }: Pick<Looked, 'key' | 'uses'>,
  { expiry = null }: Pick<Terms, 'expiry'>,
): Unused | undefined {
  if (expiry === null || expiry.unusedMs === null) return undefined;
  const idleAt = idleSince(key, uses);
  const saidAt = sayAt(key, expiry, idleAt + expiry.unusedMs);
  return { idleAt, saidAt };
}

/** Those of which it is said by now that nobody uses them. */
export function idleOf(
  seen: readonly Pick<Looked, 'key' | 'uses'>[],
  { terms, nowMs }: { readonly terms: Pick<Terms, 'expiry'>; readonly nowMs: number },
): readonly Idle[] {
  return seen.flatMap((one) => {
    const found = unusedOf(one, terms);
    const isSaid = found !== undefined && found.saidAt <= nowMs;
    return isSaid ? [{ key: one.key, idleAt: found.idleAt }] : [];
  });
}

/** When a key is disabled, by what its people were sent; null: not by that. */
export function endOf(
  { unheard, warnedAt }: Pick<Warning, 'unheard' | 'warnedAt'>,
  expiry: ExpiryTerms,
): number | null {
  return unheard !== null || warnedAt === null ? null : disablesAt(expiry, warnedAt);
}

/** When a key is disabled whose people were warned then; null: never. */
export function disablesAt(
  { disable, graceMs, runwayUntil }: ExpiryTerms,
  warnedAt: number,
): number | null {
  return disable === 'never' ? null : Math.max(warnedAt + graceMs, runwayUntil ?? 0);
}

function unused(looked: Looked, { terms, nowMs }: Rules): Finding | undefined {
  const { expiry = null, policy } = terms;
  const found = unusedOf(looked, terms);
  if (expiry === null || found === undefined || nowMs < found.saidAt) return undefined;
  const { key, uses, warning } = looked;
  if (warning === undefined || warning.recordedAt !== null) return undefined;
  const { id, unheard } = warning;
  const disablesAtMs = unheard === null ? disablesAt(expiry, nowMs) : null;
  const lastUsedAtMs = lastUseOf(uses);
  const until = disablesAtMs === null ? null : formatTime(disablesAtMs);
  return {
    key,
    id,
    type: 'key.unused',
    after: {
      policy,
      lastUsedAt: lastUsedAtMs === null ? null : formatTime(lastUsedAtMs),
      disablesAt: until,
    },
    reason: reasonOf(until, expiry.disable === 'never' ? null : unheard),
    telling: { ...WARNED, facts: { lastUsedAtMs, disablesAtMs } },
    cycle: formatTime(found.idleAt),
  };
}

/** What becomes of it; null: nothing, as its policy wants it. */
function reasonOf(until: string | null, unheard: string | null): string | null {
  if (until !== null) return `it is disabled at ${until}, unless it is used or enabled`;
  return unheard === null ? null : `it is not disabled, for nobody is warned of it: ${unheard}`;
}
