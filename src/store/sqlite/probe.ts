import { closeSync, fsyncSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { StoreUnwritableError } from '../../errors.js';
import type { StoreOptions, WriteProbe } from '../open.js';
import { opened } from './connection.js';
import { isBusy, sqliteFault } from './faults.js';
import { isBlank, isFault } from './files.js';
import { type Target, targetOf } from './open.js';

/** A writer of ours needs milliseconds; who holds the file for longer does not let it go soon. */
const PROBE_TIMEOUT_MS = 1_000;
/** A small change's share of the log, and a little. */
const PROBE_BYTES = 64 * 1024;

/**
 * Whether a change could be made on a file. None is: what is written is taken back at once.
 * @public
 */
export async function probeSqlite({ url, ports }: StoreOptions): Promise<WriteProbe> {
  const target = await targetOf(url, ports);
  const found = probeFolder(target);
  return found !== 'free' || isBlank(target.path) ? found : probeFile(target);
}

/** SQLite opens a file that may only be read as well, and begins a change on it: only one tells. */
function probeFile({ driver, path }: Target): WriteProbe {
  // Without our settings: to turn the log on would be a change.
  const database = opened(driver, path);
  try {
    database.exec(`pragma busy_timeout = ${PROBE_TIMEOUT_MS}`);
    database.exec('begin immediate');
    const row = database.prepare('pragma user_version').get<{ readonly user_version: number }>();
    database.exec(`pragma user_version = ${row?.user_version ?? 0}`);
    database.exec('rollback');
    return 'free';
  } catch (fault) {
    if (isBusy(fault)) return 'locked';
    const meant = sqliteFault(fault, path);
    if (meant instanceof StoreUnwritableError) return 'denied';
    throw meant;
  } finally {
    database.close();
  }
}

/** Whether the folder takes bytes: the log is made and grows there. */
function probeFolder({ path, ports }: Target): WriteProbe {
  const probe = `${path}-probe-${Buffer.from(ports.random.bytes(6)).toString('hex')}`;
  try {
    const file = openSync(probe, 'wx', 0o600);
    try {
      unlinkSync(probe); // First, so that nothing stays whatever happens.
      writeFileSync(file, Buffer.alloc(PROBE_BYTES));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return 'free';
  } catch (fault) {
    if (['ENOSPC', 'EDQUOT', 'EFBIG'].some((code) => isFault(fault, code))) return 'full';
    if (['EACCES', 'EPERM', 'EROFS'].some((code) => isFault(fault, code))) return 'denied';
    throw sqliteFault(fault, path);
  }
}
