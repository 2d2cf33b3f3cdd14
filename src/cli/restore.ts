import type { Command } from 'commander';
import { counted } from '../counted.js';
import { planRestore, type RestorePlan, type RestoreReport, restoreDatabase } from '../restore.js';
import { isConfirmed, requireConsent } from './ask.js';
import { commandLine } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import { lostLines } from './lost-lines.js';
import { whereTyped } from './next-step.js';
import { restoreCommand } from './postgres-tools.js';
import { redacted } from './setting-values.js';
import { databaseOf, type Settings } from './settings.js';
import { withDatabase } from './shared-options.js';

/** `keyturn restore FILE` */
export function defineRestore(command: Command, cli: Cli): void {
  withDatabase(command)
    .argument('<file>', 'what keyturn backup wrote')
    .option('--yes', 'do it without asking')
    .option('--dry-run', 'say what would be lost, and change nothing')
    .action(cli.run(restore));
}

async function restore(call: Invocation): Promise<ExitCode> {
  const { settings } = await call.config();
  const { database } = settings;
  const file = operandOf(call);
  if (database === 'memory:') throw new UsageFault('A memory: database ends with its process.');
  if (!database.startsWith('sqlite:')) return await sayRestore(call, settings, file);
  requireConsent(call);
  const target = databaseOf(settings);
  const plan = await planRestore(target, file);
  if (call.options.has('dryRun')) return await sayPlan(call, settings, plan);
  if (!(await isConfirmed(call, planText(settings, plan)))) return EXIT.refused;
  const report = await restoreDatabase(target, file, commandLine());
  if (call.out.isJson) await call.out.document({ ...report, lost: plan.lost });
  else call.out.note(outcomeOf(report, call));
  return EXIT.done;
}

/** PostgreSQL's own program does it; what was remembered outside sees that it was done. */
async function sayRestore(
  call: Invocation,
  { database, epochFile }: Settings,
  file: string,
): Promise<ExitCode> {
  const command = restoreCommand(redacted(database), file);
  if (call.out.isJson) await call.out.document({ database: redacted(database), command });
  const seen =
    epochFile === null
      ? 'No epoch file is set (--epoch-file), so nothing sees that the data is older: a key that was ' +
        'revoked since the dump is accepted again until you revoke it again.'
      : `The next start sees by ${epochFile} that the data is older, and is in quarantine.`;
  call.out.fault(
    `A PostgreSQL is put back by its own program. Stop every instance first. ${seen}`,
    command,
  );
  return EXIT.operator;
}

async function sayPlan(call: Invocation, settings: Settings, plan: RestorePlan): Promise<ExitCode> {
  if (call.out.isJson) await call.out.document({ plan });
  else await call.out.text(`${planText(settings, plan)}\nThis was a dry run: nothing was changed.`);
  return EXIT.done;
}

function planText({ database }: Settings, plan: RestorePlan): string {
  const { backup, lost, unreadable, isOther } = plan;
  const what =
    `${backup.file} holds ${counted(backup.keys, 'key')}, up to change ${backup.sequence} of ` +
    `${backup.lastChangeAt ?? 'never'}.`;
  const where = redacted(database);
  if (unreadable !== null) {
    return `${what}\nWhat is at ${where} now cannot be read, so what is lost is not known: ${unreadable}`;
  }
  if (lost === null) return `${what}\nThere is nothing at ${where} yet.`;
  if (lost.count === 0) return `${what}\nNothing of ${where} would be lost.`;
  const other = isOther ? [`${where} is ANOTHER database than the one that was backed up.`] : [];
  return [what, ...other, `These changes of ${where} would be lost:`, ...lostLines(lost)].join(
    '\n',
  );
}

function outcomeOf({ aside, standing, reapplied }: RestoreReport, call: Invocation): string {
  const lines = ['The backup is in place.'];
  if (aside !== null) lines.push(`The file before it is ${aside}.`);
  if (reapplied.length > 0) {
    lines.push(`Ended again, as they were before: ${reapplied.join(', ')}.`);
  }
  if (standing.mode === 'quarantined') {
    const next = call.out.command(`keyturn quarantine show${whereTyped(call.options)}`);
    lines.push(`It is in quarantine: no key is accepted until you release it. Next: ${next}`);
  }
  return lines.join('\n');
}
