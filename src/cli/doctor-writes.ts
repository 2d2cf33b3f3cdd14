import type { ErrorCode } from '../errors.js';
import { type FleetReport, probeWrites, type UpkeepTarget } from '../upkeep.js';
import { type Check, failed, passed, warned } from './doctor-check.js';

type Obstacle = Exclude<Awaited<ReturnType<typeof probeWrites>>, 'free'>;

type StoreMode = FleetReport['standing']['mode'];

/** What stands in the way of every change, and what to do about it. */
const OBSTACLES: Readonly<Record<Obstacle, readonly [ErrorCode, string, string]>> = {
  locked: [
    'store_unavailable',
    'Another program holds the file locked: no change can be made.',
    'See which programs have it open (lsof), and end the one that is not Keyturn.',
  ],
  standby: [
    'store_unwritable',
    'This PostgreSQL is a standby: it only reads.',
    'Give the address of the primary instead.',
  ],
  read_only: [
    'store_unwritable',
    'Every transaction is read-only: no change can be made.',
    'Turn default_transaction_read_only off, for the database, the user or the server.',
  ],
  forbidden: [
    'store_unwritable',
    'The user may not change every table of Keyturn.',
    'As their owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA … TO this user.',
  ],
  denied: [
    'store_unwritable',
    'The system lets this user not write the file and its folder.',
    'Do what is said above of the folder and the file, and run keyturn doctor as the same user.',
  ],
  full: [
    'store_unwritable',
    'The disk takes nothing more from this user: it is full, or a quota is reached.',
    'Make room on it, or raise the quota.',
  ],
};

const TAKES_CHANGES: readonly StoreMode[] = ['open', 'quarantined'];

/** Checks that a change could be made; none is. */
export async function checkWrites(target: UpkeepTarget, mode: StoreMode = 'open'): Promise<Check> {
  const found = await probeWrites(target);
  if (found === 'free' && !TAKES_CHANGES.includes(mode)) {
    const detail = 'The system allows changes, and the database takes none now.';
    return warned('writes', { detail, fix: 'See the mode below.' });
  }
  if (found === 'free') return passed('writes', 'Changes can be made.');
  const [code, detail, fix] = OBSTACLES[found];
  return failed('writes', code, { detail, fix });
}
