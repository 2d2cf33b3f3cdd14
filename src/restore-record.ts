import { chownSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isNativeError } from 'node:util/types';
import { type EndedKey, merged } from './ends.js';
import { ConfigInvalidError } from './errors.js';
import type { UpkeepTarget } from './upkeep.js';

/**
 * What a restore is about to undo, written beside the database before it begins: whatever ends it
 * half-way, and however often it is run again, what had ended is known until the quarantine is
 * released.
 */
export interface RestoreRecord {
  /** The last change that it knows of; 0: none. */
  readonly sequence: number;
  /** Why what had ended is not known; null: it is. */
  readonly unknown: string | null;
  /** The files that were put aside, the first first. */
  readonly asides: readonly string[];
  readonly ends: readonly EndedKey[];
  /** The last change of each file that it was written from; null: not all are known. */
  readonly heads: readonly Head[] | null;
}

/** A change, by its place and what no other database has there. */
interface Head {
  readonly sequence: number;
  readonly event: string;
}

const OWNER_ONLY = 0o600;
const NOTHING: RestoreRecord = { sequence: 0, unknown: null, asides: [], ends: [], heads: [] };

/** The record of a SQLite file; undefined: no restore waits for a release. */
export async function readRecord(target: UpkeepTarget): Promise<RestoreRecord | undefined> {
  const path = await pathOfRecord(target);
  if (path === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isRecord(read)) return { ...read, heads: read.heads ?? null };
  } catch (cause) {
    if (isNativeError(cause) && 'code' in cause && cause.code === 'ENOENT') return undefined;
    if (!(cause instanceof SyntaxError)) throw unreadable(path, cause);
  }
  throw unreadable(path, undefined);
}

/** Adds to the record, and has it on the disk. @returns all of it. */
export async function addToRecord(
  target: UpkeepTarget,
  more: Partial<RestoreRecord>,
): Promise<RestoreRecord> {
  const before = (await readRecord(target)) ?? NOTHING;
  const record: RestoreRecord = {
    sequence: Math.max(before.sequence, more.sequence ?? 0),
    unknown: before.unknown ?? more.unknown ?? null,
    asides: [...before.asides, ...(more.asides ?? [])],
    ends: merged(before.ends, more.ends ?? []),
    heads:
      before.heads === null || more.heads === null
        ? null
        : [...before.heads, ...(more.heads ?? [])],
  };
  const path = await pathOfRecord(target);
  if (path !== undefined) await write(path, record);
  return record;
}

/** As it was before a restore that has replaced nothing. */
export async function putRecordBack(
  target: UpkeepTarget,
  before: RestoreRecord | undefined,
): Promise<void> {
  if (before === undefined) return await removeRecord(target);
  const path = await pathOfRecord(target);
  if (path !== undefined) await write(path, before);
}

/** What was lost is accepted, or nothing was. */
export async function removeRecord(target: UpkeepTarget): Promise<void> {
  const path = await pathOfRecord(target);
  if (path !== undefined) rmSync(path, { force: true });
}

async function pathOfRecord({ database }: UpkeepTarget): Promise<string | undefined> {
  if (!database.startsWith('sqlite:')) return undefined;
  const { pathOf, realPathOf } = await import('./store/sqlite/files.js');
  return `${realPathOf(pathOf(database))}-restored`;
}

/** Under its name only once it is whole. */
async function write(path: string, record: RestoreRecord): Promise<void> {
  const { sync } = await import('./store/sqlite/backup.js');
  const fresh = `${path}-new`;
  writeFileSync(fresh, `${JSON.stringify(record)}\n`, { mode: OWNER_ONLY });
  sync(fresh);
  giveToOwnerOf(dirname(path), fresh);
  renameSync(fresh, path);
  sync(dirname(path));
}

/** Root may restore; who releases later may be the user that the server runs as. */
function giveToOwnerOf(folder: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  chownSync(path, uid, gid);
}

function unreadable(path: string, cause: unknown): ConfigInvalidError {
  return new ConfigInvalidError(
    `The file ${path}, which says what a restore has to end again, cannot be read. Give this user ` +
      'the right to read it; if it is damaged, run the restore again without it.',
    { cause },
  );
}

function isRecord(value: unknown): value is RestoreRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { sequence, unknown, asides, ends }: Partial<Record<keyof RestoreRecord, unknown>> = value;
  const isSaid = unknown === null || typeof unknown === 'string';
  return isSaid && Number.isSafeInteger(sequence) && Array.isArray(asides) && Array.isArray(ends);
}
