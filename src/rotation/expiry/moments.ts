import { madeAt } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import { RUNWAY_MS, shareOf } from '../schedule/schedule.js';
import type { ExpiryTerms } from './expiry-terms.js';

// When something is to be said of a key. All of it is pure; times are milliseconds UTC.

/** When each of a key's secrets was last used, by number. */
export type Uses = ReadonlyMap<number, number> | undefined;

/** The last use; null: there was none that is known here. */
export function lastUseOf(uses: Uses): number | null {
  return uses === undefined || uses.size === 0 ? null : Math.max(...uses.values());
}

/**
 * Since when a key is without a use. That it was made, brought here, enabled, or could be used for the
 * first time counts as one; that it was made active says the first three of them.
 */
export function idleSince(key: KeyRecord, uses: Uses): number {
  const { createdAt, notBefore, state, stateChangedAt } = key;
  const enabledAt = state === 'active' ? stateChangedAt : 0;
  return Math.max(lastUseOf(uses) ?? 0, createdAt, notBefore ?? 0, enabledAt);
}

/**
 * When it is said of a key that something is so since then. What was so before a policy asked for it,
 * or before the key came here, is dealt out: nobody is told of all old keys on one day.
 */
export function sayAt(
  { id }: Pick<KeyRecord, 'id'>,
  { runwayUntil }: Pick<ExpiryTerms, 'runwayUntil'>,
  sinceMs: number,
): number {
  const askedMs = runwayUntil === null ? 0 : runwayUntil - RUNWAY_MS;
  const fromMs = Math.max(askedMs, madeAt(id));
  return sinceMs >= fromMs ? sinceMs : fromMs + Math.floor(shareOf(id) * RUNWAY_MS);
}

/** One of several times before a moment at which it is told of. */
export interface Stage {
  /** How long before. */
  readonly beforeMs: number;
  readonly fromMs: number;
  /** The next one begins, or the moment has come. */
  readonly untilMs: number;
}

/** The stage that a time lies in: the nearest one, whichever were missed. */
export function stageAt(
  stagesMs: readonly number[],
  { atMs, nowMs }: { readonly atMs: number; readonly nowMs: number },
): Stage | undefined {
  if (nowMs >= atMs) return undefined;
  const index = stagesMs.findLastIndex((beforeMs) => atMs - beforeMs <= nowMs);
  const beforeMs = stagesMs[index];
  if (beforeMs === undefined) return undefined;
  const untilMs = atMs - (stagesMs[index + 1] ?? 0);
  return { beforeMs, fromMs: atMs - beforeMs, untilMs };
}

/** When a stage is told. Of one that had begun before its policy was changed: dealt out over its rest. */
export function stageSaidAt(
  { id }: Pick<KeyRecord, 'id'>,
  { fromMs, untilMs }: Stage,
  changedMs: number,
): number {
  if (fromMs >= changedMs) return fromMs;
  return changedMs + Math.floor(shareOf(id) * Math.max(0, untilMs - changedMs));
}
