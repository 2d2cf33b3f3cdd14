import { pendingMigrations } from '../../src/store/migrations/migrate.js';

/** Every migration, in order. */
const ALL = pendingMigrations({ kind: 'uninitialised' });

/** The versions that a new database goes through. */
export const VERSIONS: readonly number[] = ALL.map(({ version }) => version);

/** The one that this program writes. */
export const NEWEST = VERSIONS.length;
