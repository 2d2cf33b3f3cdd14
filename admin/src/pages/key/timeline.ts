import type { Key, RotationItem } from '../../api/types.js';
import { msOf } from '../../time/clock.js';

/** A secret's life, as shares of the time that is drawn. */
export interface Lane {
  readonly secret: Key['secrets'][number];
  readonly from: number;
  /** Until now, or until it ended. */
  readonly until: number;
  /** How far it may go on: to its deadline or its expiry. */
  readonly ahead: number;
  readonly now: number;
  /** When it ended, or will. */
  readonly endAt: string | undefined;
}

const LEAST_SPAN_MS = 3_600_000; // So that a new key is not drawn as if it were old.

/** Lays the secrets of a key out over time, the newest first. */
export function lanesOf(
  { secrets }: Key,
  rotations: readonly RotationItem[],
  nowMs: number,
): readonly Lane[] {
  const ends = secrets.map((secret) => endOf(secret, rotations));
  const startMs = Math.min(...secrets.map(({ createdAt }) => msOf(createdAt)));
  const latest = ends.flatMap((end) => (end === undefined ? [] : [msOf(end)]));
  const endMs = Math.max(nowMs, startMs + LEAST_SPAN_MS, ...latest);
  const shareOf = (ms: number) => (ms - startMs) / (endMs - startMs);
  return secrets
    .map((secret, index) => {
      const endAt = ends[index];
      const lastMs = endAt === undefined ? nowMs : msOf(endAt);
      return {
        secret,
        endAt,
        from: shareOf(msOf(secret.createdAt)),
        until: shareOf(Math.max(msOf(secret.createdAt), Math.min(lastMs, nowMs))),
        ahead: endAt === undefined ? 0 : shareOf(msOf(endAt)),
        now: shareOf(nowMs),
      };
    })
    .toSorted((left, right) => right.secret.number - left.secret.number);
}

/** When a secret ended or is to end, as far as anything says so. */
function endOf(
  { number, state, deadline, expiresAt }: Key['secrets'][number],
  rotations: readonly RotationItem[],
): string | undefined {
  const replaced = rotations.find(({ oldSecret }) => oldSecret === number);
  if (state === 'revoked') return replaced?.disabledAt ?? replaced?.revokedAt ?? undefined;
  if (state === 'disabled') return replaced?.disabledAt ?? undefined;
  return deadline ?? expiresAt ?? undefined;
}
