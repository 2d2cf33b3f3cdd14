import { existsSync } from 'node:fs';
import { withCopy } from './backup.js';
import { type EndedKey, endAgain, merged, pendingIn } from './ends.js';
import { KeyturnError, StateConflictError } from './errors.js';
import { releaseQuarantine } from './lifecycle/standing.js';
import { endsSince, headOf, type LostChanges, lostChanges } from './lost-changes.js';
import { type Operator, withOperator } from './operator.js';
import type { Caller } from './public.js';
import { type RestoreRecord, readRecord, removeRecord } from './restore-record.js';
import type { StoreStanding } from './store/standing.js';
import type { Store } from './store/store.js';
import { openTool, storeOptionsOf, type UpkeepTarget } from './upkeep.js';

/** A database's quarantine, and what is known of why. */
export interface QuarantineReport {
  readonly standing: StoreStanding;
  /** The newer data that it was compared with; null: there is none. */
  readonly before: string | null;
  /** Null: it was not compared, or that data cannot be read. */
  readonly lost: LostChanges | null;
  /** What is known to have ended there; null: nothing was recorded or named. */
  readonly ends: {
    readonly count: number;
    /** Those that have not ended here yet: a release ends them first. */
    readonly pending: readonly EndedKey[];
  } | null;
  /** Why that may not be all; null: it is. */
  readonly gap: string | null;
}

/** Where the data from before may be read: what was named, or what a restore has put aside. */
export interface QuarantineOptions {
  /** A file, or the address of a database. */
  readonly before?: string | undefined;
  readonly caller: Caller;
}

/** How a quarantine is ended. */
export interface ReleaseOptions extends QuarantineOptions {
  readonly reason: string;
  /** Even where nobody can know all that has to be ended. */
  readonly acceptsLoss?: boolean | undefined;
}

/** Says whether a database is in quarantine, and what it lacks. */
export function showQuarantine(
  target: UpkeepTarget,
  { before, caller }: QuarantineOptions,
): Promise<QuarantineReport> {
  return withOperator(target, caller, async (operator) => {
    const { store } = operator;
    const standing = await store.standing();
    const nothing = { standing, before: null, lost: null, ends: null, gap: null };
    if (standing.mode !== 'quarantined') return nothing;
    const record = await readRecord(target);
    const known = await knownOf(target, operator, { record, before });
    if (known.ends === null) return { ...nothing, gap: known.gap };
    const ends = { count: known.ends.length, pending: await pendingIn(store, known.ends) };
    const compared = before ?? record?.asides.find((aside) => existsSync(aside)) ?? null;
    const lost = compared === null ? null : await lostIn(target, store, compared);
    return { standing, before: compared, lost, ends, gap: known.gap };
  });
}

/**
 * Ends a quarantine. What a restore has recorded, and what the data from before has ended where it
 * is named, is ended first.
 * @returns the keys that were ended.
 * @throws {StateConflictError} the database is in none, or more may have to be ended than is known.
 */
export function endQuarantine(
  target: UpkeepTarget,
  { before, caller, reason, acceptsLoss }: ReleaseOptions,
): Promise<readonly string[]> {
  return withOperator(target, caller, async (operator) => {
    const { mode } = await operator.store.standing();
    if (mode !== 'quarantined') {
      throw new StateConflictError('The database is in no quarantine: nothing was changed.');
    }
    const known = await knownOf(target, operator, { record: await readRecord(target), before });
    if (known.gap !== null && acceptsLoss !== true) {
      throw new StateConflictError(
        `${known.gap} End again what has to be ended and add --accept-loss, or name the data from before ` +
          'with --before. Nothing was changed.',
      );
    }
    const reapplied = await endAgain(operator, known.ends ?? []);
    await releaseQuarantine(operator.act, reason);
    await operator.epoch?.reset();
    await removeRecord(target);
    return reapplied;
  });
}

interface Known {
  /** Null: there is nothing to know it from. */
  readonly ends: readonly EndedKey[] | null;
  readonly gap: string | null;
}

interface Sources {
  readonly record: RestoreRecord | undefined;
  readonly before: string | undefined;
}

/** What is known to have ended, and why that may not be all. */
async function knownOf(
  target: UpkeepTarget,
  { store, epoch }: Operator,
  { record, before }: Sources,
): Promise<Known> {
  if (record === undefined && before === undefined) return { ends: null, gap: NOTHING_KNOWN };
  const named = before === undefined ? undefined : await endsOfBefore(target, store, before);
  const ends = merged(record?.ends ?? [], named?.ends ?? []);
  const reached = Math.max(record?.sequence ?? 0, named?.sequence ?? 0);
  const seen = (await epoch?.seen()) ?? 0;
  const gap = gapIn({ record, before }, { reached, seen });
  if (gap !== null || (await epoch?.hasHole()) !== true) return { ends, gap };
  return { ends, gap: `${DAMAGED} What is known goes up to change ${reached}.` };
}

const NOTHING_KNOWN =
  'Nobody knows what had ended: no restore has recorded it, and the data from before is not named.';
const DAMAGED =
  'The file that remembers the last change was damaged, so nobody knows what that was.';

function gapIn(
  { record, before }: Sources,
  { reached, seen }: { readonly reached: number; readonly seen: number },
): string | null {
  const unknown = record?.unknown ?? null;
  if (unknown !== null && before === undefined) {
    return `What was here before could not be read, so nobody knows what it had ended. ${unknown}`;
  }
  if (seen <= reached) return null;
  return `What is known goes up to change ${reached}, and change ${seen} was seen: more may have ended.`;
}

async function endsOfBefore(target: UpkeepTarget, store: Store, before: string) {
  return withBefore(target, before, async (newer) => ({
    ends: await endsSince(store, newer),
    sequence: await headOf(newer),
  }));
}

/** Null: another program wrote it, or it is damaged. What it had ended was recorded. */
async function lostIn(
  target: UpkeepTarget,
  store: Store,
  before: string,
): Promise<LostChanges | null> {
  try {
    return await withBefore(target, before, (newer) => lostChanges(store, newer));
  } catch (fault) {
    if (fault instanceof KeyturnError) return null;
    throw fault;
  }
}

async function withBefore<T>(
  target: UpkeepTarget,
  before: string,
  read: (newer: Store) => Promise<T>,
): Promise<T> {
  if (!/^postgres(?:ql)?:\/\//.test(before)) {
    return withCopy(target, before.replace(/^sqlite:(?:\/\/)?/, ''), read);
  }
  const newer = await openTool(storeOptionsOf({ database: before, ports: target.ports }));
  try {
    return await read(newer);
  } finally {
    await newer.close();
  }
}
