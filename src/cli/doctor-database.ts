import { counted } from '../counted.js';
import { KeyturnError } from '../errors.js';
import { sourceIn } from '../move-mark.js';
import { shellWord } from '../shell-word.js';
import {
  type FleetReport,
  inspectDatabase,
  inspectFleet,
  inspectStrangers,
  type Strangers,
} from '../upkeep.js';
import type { Config } from './config.js';
import { type Check, failed, passed, warned } from './doctor-check.js';
import { checkEpoch } from './doctor-epoch.js';
import { checkSchema } from './doctor-schema.js';
import { checkWrites } from './doctor-writes.js';
import { messageOf } from './fault.js';
import { redacted } from './setting-values.js';
import { databaseOf, type Settings } from './settings.js';

const FAR_MS = 2_000; // Closer, and no certificate, token or log notices.

const NO_STRANGERS: Strangers = { areThere: false, inTheWay: [] };

/**
 * Checks that the database answers, fits this program, and tells the time as this machine does.
 * `where`: the options that name the data, as typed.
 */
export async function checkDatabase(config: Config, where: string): Promise<readonly Check[]> {
  const { settings } = config;
  if (settings.database === 'memory:') return [];
  // Each address on its own: one that fails is named.
  const target = { ...databaseOf(settings), directDatabase: undefined };
  const shown = redacted(settings.database);
  try {
    const report = await inspectDatabase(target);
    const isReady = report.schema.kind === 'ready';
    const strangers = isReady ? NO_STRANGERS : await inspectStrangers(target);
    const answers = [passed('database', `${shown} answers.`), ...(await directChecks(config))];
    const schema = checkSchema(report, strangers, shown);
    // A file of another program's is left as it is.
    if (isSqlite(settings) && strangers.areThere) return [...answers, schema];
    if (!isReady) return [...answers, schema, await checkWrites(target)];
    const fleet = await inspectFleet(target);
    const writes = await checkWrites(target, fleet.standing.mode);
    const mode = modeCheck(fleet, { database: shown, where });
    return [
      ...answers,
      schema,
      writes,
      ...fleetChecks(fleet),
      mode,
      await checkEpoch(target, where),
    ];
  } catch (fault) {
    return [faultCheck(fault, config, 'database')];
  }
}

async function directChecks(config: Config): Promise<readonly Check[]> {
  const { directDatabase } = config.settings;
  if (directDatabase === null) return [];
  try {
    await inspectDatabase({ database: directDatabase });
    return [passed('direct', `${redacted(directDatabase)} answers.`)];
  } catch (fault) {
    return [faultCheck(fault, config, 'directDatabase')];
  }
}

function faultCheck(
  fault: unknown,
  { settings, originOf }: Config,
  setting: 'database' | 'directDatabase',
): Check {
  if (!(fault instanceof KeyturnError)) throw fault;
  const name = setting === 'database' ? 'database' : 'direct';
  const fix = fixOf(fault, settings, originOf(setting).name);
  return failed(name, fault.code, { detail: detailOf(fault), fix });
}

/** What a fault says; who reads it has run the doctor. */
function detailOf(fault: KeyturnError): string {
  const sentences = messageOf(fault).split(/(?<=[.]) (?=[A-Z])/);
  return sentences.filter((sentence) => !sentence.includes('keyturn doctor')).join(' ');
}

function fleetChecks(fleet: FleetReport): readonly Check[] {
  const names = fleet.instances.map(({ id }) => id).join(', ');
  const detail = names === '' ? 'None is running.' : `${fleet.instances.length} running: ${names}.`;
  return [clockCheck(fleet), ...aheadChecks(fleet), passed('instances', detail)];
}

/** What the database may be used for. */
function modeCheck(
  { standing: { mode, detail } }: FleetReport,
  { database, where }: { readonly database: string; readonly where: string },
): Check {
  const moved = (from: string, to: string) =>
    `keyturn move --from ${shellWord(from)} --to ${shellWord(to)}`;
  switch (mode) {
    case 'open':
      return passed('mode', 'Open: checks are answered, changes are taken.');
    case 'frozen': {
      const finish = moved(database, detail ?? 'URL');
      const fix = `Finish: ${finish}; or stay: keyturn move --from ${shellWord(database)} --cancel`;
      return warned('mode', { detail: `Frozen: it is being moved to ${detail ?? ''}.`, fix });
    }
    case 'filling': {
      const source = detail === null ? undefined : sourceIn(detail);
      const fix = `Run it again: ${moved(source ?? 'URL', database)}`;
      const text = `It is being filled from ${source ?? 'another'}, and not whole yet.`;
      return failed('mode', 'store_unavailable', { detail: text, fix });
    }
    case 'moved': {
      const fix = 'Give the new address to every server and application.';
      const text = `The data was moved to ${detail ?? 'another database'}.`;
      return failed('mode', 'store_moved', { detail: text, fix });
    }
    case 'quarantined': {
      const text = `In quarantine: ${detail ?? ''} No key is accepted.`;
      const fix = `keyturn quarantine show${where}`;
      return failed('mode', 'store_quarantined', { detail: text, fix });
    }
  }
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

/** What a clock that was ahead has left behind. */
function aheadChecks({ aheadCount }: FleetReport): readonly Check[] {
  if (aheadCount === 0) return [];
  const detail = `${counted(aheadCount, 'open rotation')} begun by a clock that was ahead: nothing ends by their evidence.`;
  const fix =
    'keyturn rotation list --open; then abort, finish or roll back each of them, as keyturn rotation show ID offers.';
  return [warned('times', { detail, fix })];
}

function fixOf({ code }: KeyturnError, settings: Settings, origin: string): string {
  switch (code) {
    case 'store_corrupt':
      return 'Restore the file from a backup, or name another with --database.';
    case 'dependency_missing':
      return 'npm install pg';
    case 'store_unwritable':
      return isSqlite(settings)
        ? 'Let this user read and write the file and its folder: see what is said of them above.'
        : `Let this user do that, or name another (the address comes from: ${origin}).`;
    default:
      return `Check the address (it comes from: ${origin}), and that the database runs.`;
  }
}

function isSqlite({ database }: Settings): boolean {
  return database.startsWith('sqlite:');
}
