import { shellWord } from '../shell-word.js';
import type { Strangers } from '../upkeep.js';

/** A schema of its own, for who shares a database with another program. */
const OWN_SCHEMA = 'options=-csearch_path%3Dkeyturn';

/** Why a database cannot be initialised beside what others keep in it; undefined: it can be. */
export function crowdedFault(
  { inTheWay }: Strangers,
  database: string,
): { readonly detail: string; readonly fix: string } | undefined {
  if (inTheWay.length === 0) return undefined;
  const detail = `Another program keeps tables there that are named as Keyturn’s: ${inTheWay.join(', ')}.`;
  return { detail, fix: roomFor(database) };
}

function roomFor(database: string): string {
  if (database.startsWith('sqlite:')) return 'Name another file with --database.';
  // It says already in which schema: that one is the crowded one.
  if (/[?&]options=/.test(database)) return 'Name another schema in the address’s search_path.';
  const apart = `${database}${database.includes('?') ? '&' : '?'}${OWN_SCHEMA}`;
  return (
    'Give Keyturn a schema of its own: CREATE SCHEMA keyturn; then ' +
    `keyturn migrate --database ${shellWord(apart)}`
  );
}
