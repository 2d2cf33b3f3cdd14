import type { StoreOptions } from '../open.js';
import type { SqliteDatabase } from './driver.js';
import { sqliteFault } from './faults.js';
import { requireContent } from './files.js';
import { openReadOnly, targetOf } from './open.js';
import { requireSound } from './sound.js';

interface EndedSecret {
  readonly keyId: string;
  readonly number: number;
  readonly state: 'revoked' | 'disabled';
}

/**
 * What a file says has ended, whatever program wrote it.
 * @public
 */
export interface StoredEnds {
  /** Its last change. */
  readonly sequence: number;
  /** Keys that were revoked, or deleted: only what is revoked can be. */
  readonly revoked: readonly string[];
  readonly disabled: readonly string[];
  /** Neither is accepted. */
  readonly secrets: readonly EndedSecret[];
}

/**
 * Reads what has ended in a file whose schema this program may not work on: of all that a newer one
 * may have changed, these names have been there since the first, and what is read here only ever
 * ends a key.
 * @throws {KeyturnError} it is damaged, or has other names.
 * @public
 */
export async function endsInSqlite({ url, ports }: StoreOptions): Promise<StoredEnds> {
  const target = await targetOf(url, ports);
  requireContent(target.path);
  const database = openReadOnly(target);
  try {
    requireSound(database, target.path);
    return read(database);
  } catch (fault) {
    throw sqliteFault(fault, target.path);
  } finally {
    database.close();
  }
}

function read(database: SqliteDatabase): StoredEnds {
  const ids = (sql: string) =>
    database
      .prepare(sql)
      .all<{ readonly id: string }>()
      .map(({ id }) => id);
  const [last] = database
    .prepare('select max(sequence) as sequence from events')
    .all<{ readonly sequence: number | null }>();
  const deleted = ids("select subject_id as id from events where type = 'key.deleted'");
  return {
    sequence: last?.sequence ?? 0,
    revoked: [...ids("select id from keys where state = 'revoked'"), ...deleted],
    disabled: ids("select id from keys where state = 'disabled'"),
    secrets: database
      .prepare(
        "select key_id as keyId, number, state from secrets where state in ('revoked', 'disabled')",
      )
      .all<EndedSecret>(),
  };
}
