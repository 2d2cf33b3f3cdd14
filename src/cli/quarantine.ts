import type { Command } from 'commander';
import { endQuarantine, type QuarantineReport, showQuarantine } from '../quarantine.js';
import { shellWord } from '../shell-word.js';
import { commandLine } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { lostLines } from './lost-lines.js';
import { whereTyped } from './next-step.js';
import { redacted } from './setting-values.js';
import { databaseOf } from './settings.js';
import { withDatabase } from './shared-options.js';

const BEFORE = 'the data from before: a file, or the address of a database';

/** `keyturn quarantine …` */
export function defineQuarantine(noun: Command, cli: Cli): void {
  withDatabase(noun.command('show'))
    .description('say whether the database is in quarantine, and what it lacks')
    .option('--before <url>', `${BEFORE} (default: what restore has put aside)`)
    .action(cli.run(show));
  withDatabase(noun.command('release'))
    .description('accept what is lost: keys are checked again')
    .option('--reason <reason>', 'kept in the audit trail; has to be given')
    .option('--before <url>', `${BEFORE}; what was ended there is ended first`)
    .option('--accept-loss', 'even where nobody can know all that has to be ended')
    .action(cli.run(release));
}

async function show(call: Invocation): Promise<ExitCode> {
  const target = await targetOf(call);
  const before = call.options.text('before');
  const report = await showQuarantine(target, { before, caller: commandLine() });
  if (call.out.isJson) await call.out.document({ ...report, before: shown(report.before) });
  else await call.out.text(textOf(report, call));
  return EXIT.done;
}

async function release(call: Invocation): Promise<ExitCode> {
  const reason = call.options.required('reason');
  const before = call.options.text('before');
  const target = await targetOf(call);
  const acceptsLoss = call.options.has('acceptLoss');
  const how = { before, caller: commandLine(), reason, acceptsLoss };
  const reapplied = await endQuarantine(target, how);
  if (call.out.isJson) {
    await call.out.document({ released: true, reapplied });
    return EXIT.done;
  }
  if (reapplied.length > 0) call.out.note(`Ended again first: ${reapplied.join(', ')}.`);
  call.out.note('Released: keys are checked again. Running servers notice within the staleness.');
  return EXIT.done;
}

async function targetOf(call: Invocation) {
  const { settings } = await call.config();
  if (settings.database === 'memory:') {
    throw new UsageFault('A memory: database ends with its process.');
  }
  return databaseOf(settings);
}

function textOf(report: QuarantineReport, call: Invocation): string {
  const { standing, before, lost, ends, gap } = report;
  if (standing.mode !== 'quarantined')
    return `The database is in no quarantine (${standing.mode}).`;
  const lines = [`In quarantine: ${standing.detail ?? 'it is older than it should be.'}`];
  if (before !== null) lines.push(...comparedLines(before, lost));
  if (ends !== null) lines.push(...endsLines(ends));
  if (gap !== null) lines.push(gap);
  const more = `${beforeTyped(call)}${gap === null ? '' : ' --accept-loss'}`;
  const release = `keyturn quarantine release${whereTyped(call.options)} --reason R${more}`;
  const toDo =
    gap === null
      ? 'To accept keys again'
      : 'Name the data from before (--before FILE), or end again what has to be ended, then run';
  return [...lines, `${toDo}: ${call.out.command(release)}`].join('\n');
}

const MAX_SHOWN = 20;

function beforeTyped({ options }: Invocation): string {
  const before = options.text('before');
  return before === undefined ? '' : ` --before ${shellWord(redacted(before))}`;
}

function comparedLines(before: string, lost: QuarantineReport['lost']): readonly string[] {
  if (lost !== null) return [`It lacks these changes of ${shown(before)}:`, ...lostLines(lost)];
  return [`What was here before is ${shown(before)}, which this version cannot open.`];
}

function endsLines({ count, pending }: NonNullable<QuarantineReport['ends']>): readonly string[] {
  const known = `Keys known to have ended since, or in part: ${count}.`;
  if (pending.length === 0) return [`${known} They are ended here, too.`];
  const ids = pending.slice(0, MAX_SHOWN).map(({ id }) => id);
  const more = pending.length > ids.length ? ` and ${pending.length - ids.length} more` : '';
  return [`${known} Not ended here yet: ${ids.join(', ')}${more}. A release ends them first.`];
}

function shown(before: string | null): string | null {
  return before === null ? null : redacted(before);
}
