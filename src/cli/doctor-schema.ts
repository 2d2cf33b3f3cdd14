import { shellWord } from '../shell-word.js';
import type { SchemaReport, Strangers } from '../upkeep.js';
import { type Check, failed, passed, warned } from './doctor-check.js';
import { crowdedFault } from './strangers.js';

/** Checks that the schema is one this program works on. `database`: without a password. */
export function checkSchema(report: SchemaReport, strangers: Strangers, database: string): Check {
  const migrate = `keyturn migrate --database ${shellWord(database)}`;
  const { schema, pending } = report;
  switch (schema.kind) {
    case 'ready': {
      const detail = `The schema is version ${schema.version}.`;
      if (pending.length === 0) return passed('schema', detail);
      const names = pending.map(({ name }) => name).join(', ');
      return warned('schema', { detail: `${detail} To come: ${names}.`, fix: migrate });
    }
    case 'uninitialised':
      return uninitialisedCheck(strangers, { database, migrate });
    case 'older': {
      const detail = `The schema is version ${schema.version}; ${schema.needs} is needed.`;
      return failed('schema', 'schema_older', { detail, fix: migrate });
    }
    case 'newer': {
      const detail = `The schema is version ${schema.version}; this program reads ${schema.reads}.`;
      return failed('schema', 'schema_newer', { detail, fix: 'npm install keyturn@latest' });
    }
  }
}

function uninitialisedCheck(
  strangers: Strangers,
  { database, migrate }: { readonly database: string; readonly migrate: string },
): Check {
  const crowded = crowdedFault(strangers, database);
  if (crowded !== undefined) return failed('schema', 'schema_uninitialised', crowded);
  if (!database.startsWith('sqlite:')) {
    const detail = 'The database was never initialised.';
    return failed('schema', 'schema_uninitialised', { detail, fix: migrate });
  }
  if (strangers.areThere) {
    const detail = 'The file holds tables of another program, and none of Keyturn.';
    const fix = `Name another file with --database; or, if both shall share it: ${migrate}`;
    return failed('schema', 'schema_uninitialised', { detail, fix });
  }
  return passed('schema', 'The file is new: the first command initialises it.');
}
