import { type ErrorCode, KeyturnError } from '../errors.js';
import {
  type FleetReport,
  inspectDatabase,
  inspectFleet,
  probeWrites,
  type SchemaReport,
  type UpkeepTarget,
} from '../upkeep.js';
import type { Config } from './config.js';
import { type Check, failed, passed, warned } from './doctor-check.js';
import { messageOf } from './fault.js';
import { redacted } from './setting-values.js';
import { databaseOf } from './settings.js';

const FAR_MS = 2_000; // Closer, and no certificate, token or log notices.

/** Checks that the database answers, fits this program, and tells the time as this machine does. */
export async function checkDatabase({ settings, originOf }: Config): Promise<readonly Check[]> {
  const { database } = settings;
  if (database === 'memory:') return [];
  const target = databaseOf(settings);
  try {
    const report = await inspectDatabase(target);
    const schema = schemaCheck(report, redacted(database));
    const reached = `${redacted(database)} answers.`;
    const answers = passed('database', reached);
    const writes = await writesCheck(target);
    if (report.schema.kind !== 'ready') return [answers, schema, writes];
    return [answers, schema, writes, ...(await fleetChecks(target))];
  } catch (fault) {
    if (!(fault instanceof KeyturnError)) throw fault;
    const fix = fixOf(fault, originOf('database').name);
    return [failed('database', fault.code, { detail: messageOf(fault), fix })];
  }
}

function schemaCheck({ schema, pending }: SchemaReport, database: string): Check {
  const migrate = `keyturn migrate --database ${database}`;
  switch (schema.kind) {
    case 'ready': {
      const detail = `The schema is version ${schema.version}.`;
      if (pending.length === 0) return passed('schema', detail);
      const names = pending.map(({ name }) => name).join(', ');
      return warned('schema', { detail: `${detail} To come: ${names}.`, fix: migrate });
    }
    case 'uninitialised': {
      if (!database.startsWith('sqlite:')) {
        const detail = 'The database was never initialised.';
        return failed('schema', 'schema_uninitialised', { detail, fix: migrate });
      }
      return passed('schema', 'The file is new: the first command initialises it.');
    }
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

type Obstacle = Exclude<Awaited<ReturnType<typeof probeWrites>>, 'free'>;

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
};

async function writesCheck(target: UpkeepTarget): Promise<Check> {
  const found = await probeWrites(target);
  if (found === 'free') return passed('writes', 'Changes can be made.');
  const [code, detail, fix] = OBSTACLES[found];
  return failed('writes', code, { detail, fix });
}

async function fleetChecks(target: UpkeepTarget): Promise<readonly Check[]> {
  const fleet = await inspectFleet(target);
  const names = fleet.instances.map(({ id }) => id).join(', ');
  const detail = names === '' ? 'None is running.' : `${fleet.instances.length} running: ${names}.`;
  return [clockCheck(fleet), passed('instances', detail)];
}

function clockCheck({ clockOffsetMs, answerMs }: FleetReport): Check {
  const isAhead = clockOffsetMs > 0;
  const detail =
    `The database’s clock is ${Math.abs(clockOffsetMs)} ms ${isAhead ? 'ahead' : 'behind'} ` +
    `(its answer took ${Math.round(answerMs)} ms).`;
  // Half of the way there and back is not known better.
  if (Math.abs(clockOffsetMs) - answerMs / 2 <= FAR_MS) {
    return passed('clock', detail);
  }
  const fix = 'Set both clocks by NTP; until then the database’s judges expiry.';
  return warned('clock', { detail, fix });
}

function fixOf(fault: KeyturnError, origin: string): string {
  switch (fault.code) {
    case 'store_corrupt':
      return 'Restore the file from a backup, or name another with --database.';
    case 'dependency_missing':
      return 'npm install pg';
    default:
      return `Check the address (it comes from: ${origin}), and that the database runs.`;
  }
}
