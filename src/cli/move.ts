import type { Command } from 'commander';
import { KeyturnError, SchemaUninitialisedError } from '../errors.js';
import {
  cancelMove,
  type Move,
  type MovePlan,
  type MoveProgress,
  type MoveReport,
  moveDatabase,
  planMove,
} from '../move.js';
import { shellWord } from '../shell-word.js';
import { isPostgresAddress } from '../source-database.js';
import { inspectDatabase, type SchemaReport, type UpkeepTarget } from '../upkeep.js';
import { isConfirmed, requireConsent } from './ask.js';
import { commandLine } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { databaseUrl, redacted } from './setting-values.js';

/** `keyturn move --from URL --to URL` */
export function defineMove(command: Command, cli: Cli): void {
  command
    .option('--from <url>', 'where the data is: sqlite:./keyturn.db, postgres://…; has to be given')
    .option('--to <url>', 'an empty database; has to be given')
    .option('--cancel', 'give a move up that was not finished: --from takes changes again')
    .option('--yes', 'do it without asking')
    .option('--dry-run', 'say what would be done and how long it takes, and change nothing')
    .action(cli.run(move));
}

async function move(call: Invocation): Promise<ExitCode> {
  const from = targetOf(call, 'from');
  const caller = commandLine();
  if (call.options.has('cancel')) return await cancel(call, from);
  const wanted: Move = { from, to: targetOf(call, 'to'), caller };
  requireConsent(call);
  const source = await requireAnswer(wanted.from);
  await requireAnswer(wanted.to);
  const plan = await planMove(wanted).catch((fault: unknown) => {
    throw source.schema.kind === 'ready' ? withMigration(fault, wanted.to) : fault;
  });
  if (call.options.has('dryRun')) return await sayPlan(call, plan);
  if (!(await isConfirmed(call, planText(plan)))) return EXIT.refused;
  const report = await moveDatabase(wanted, progressOf(call));
  if (call.out.isJson) await call.out.document(report);
  else call.out.note(outcomeOf(report));
  return EXIT.done;
}

async function cancel(call: Invocation, from: UpkeepTarget): Promise<ExitCode> {
  await requireAnswer(from);
  const isCancelled = await cancelMove({ from, caller: commandLine() });
  const database = redacted(from.database);
  const said = isCancelled
    ? `${database} takes changes again. What was copied so far is of no use: drop that database, or move into it again, which begins anew.`
    : `No move of ${database} was under way: it takes changes.`;
  if (call.out.isJson) await call.out.document({ cancelled: isCancelled, database });
  else call.out.note(said);
  return EXIT.done;
}

function targetOf({ options }: Invocation, name: 'from' | 'to'): UpkeepTarget {
  const parsed = databaseUrl(options.required(name));
  if ('fault' in parsed) throw new UsageFault(`--${name} ${parsed.fault}`);
  if (parsed.value !== 'memory:') return { database: parsed.value };
  throw new UsageFault('A memory: database ends with the process that made it.');
}

/** What a new PostgreSQL needs before anything is moved into it. */
function withMigration(fault: unknown, { database }: UpkeepTarget): unknown {
  if (!(fault instanceof SchemaUninitialisedError) || !isPostgresAddress(database)) return fault;
  const next = `keyturn migrate --database ${shellWord(redacted(database))}`;
  return Object.assign(fault, { next });
}

/** Of two addresses, the doctor has to look at the one that is wrong. */
async function requireAnswer(target: UpkeepTarget): Promise<SchemaReport> {
  try {
    return await inspectDatabase(target);
  } catch (fault) {
    if (!(fault instanceof KeyturnError)) throw fault;
    const next = `keyturn doctor --database ${shellWord(redacted(target.database))}`;
    throw Object.assign(fault, { next });
  }
}

async function sayPlan(call: Invocation, plan: MovePlan): Promise<ExitCode> {
  if (call.out.isJson) await call.out.document({ plan });
  else await call.out.text(`${planText(plan)}\nThis was a dry run: nothing was changed.`);
  return EXIT.done;
}

function planText({ from, to, rowCount, pauseSeconds }: MovePlan): string {
  return (
    `${rowCount} rows of ${from} are copied to ${to}. For about ${pauseSeconds} s no change is ` +
    `taken; checks go on. After it, ${from} answers that its data was moved.`
  );
}

/** A line a table: what it stands for is often done before it could be read twice. */
function progressOf(call: Invocation): (progress: MoveProgress) => void {
  return ({ table, done, total }) => {
    if (call.out.isJson || done < total) return;
    call.out.note(`${table}: ${total} copied`);
  };
}

function outcomeOf({ from, to, pauseMs }: MoveReport): string {
  const done =
    pauseMs === null
      ? `Moved before, and open: ${to}. Nothing was done.`
      : `Moved, compared, and open: ${to} (no change was taken for ${(pauseMs / 1_000).toFixed(1)} s).`;
  return (
    `${done}\nNow give its address to every server and application, and restart them: KEYTURN_DATABASE. ` +
    `Until then they answer "unavailable"; ${from} stays as it is.${epochNote(to)}`
  );
}

/** A file remembers its last change beside it by itself; a PostgreSQL only where it is told to. */
function epochNote(to: string): string {
  if (!isPostgresAddress(to)) return '';
  return (
    '\nGive each of them an epoch file too (KEYTURN_EPOCH_FILE): without one nothing notices that a ' +
    'PostgreSQL was put back to an older state, and keys revoked since would be accepted again.'
  );
}
