import type { Command } from 'commander';
import { type BackupReport, backupDatabase } from '../backup.js';
import { counted } from '../counted.js';
import { shellWord } from '../shell-word.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import { dumpCommand } from './postgres-tools.js';
import { redacted } from './setting-values.js';
import { databaseOf } from './settings.js';
import { withDatabase } from './shared-options.js';

/** `keyturn backup FILE` */
export function defineBackup(command: Command, cli: Cli): void {
  withDatabase(command).argument('<file>', 'a new file').action(cli.run(backup));
}

async function backup(call: Invocation): Promise<ExitCode> {
  const { settings } = await call.config();
  const { database } = settings;
  const file = operandOf(call);
  if (database === 'memory:') throw new UsageFault('A memory: database ends with its process.');
  if (!database.startsWith('sqlite:')) return await sayDump(call, database, file);
  const report = await backupDatabase(databaseOf(settings), file);
  if (call.out.isJson) await call.out.document(report);
  else {
    const restore = `keyturn restore ${shellWord(file)} --dry-run${whereTyped(call.options)}`;
    call.out.note(outcomeOf(report, call.out.command(restore)));
  }
  return EXIT.done;
}

/** PostgreSQL's own program knows all of it, roles and settings too. */
async function sayDump(call: Invocation, database: string, file: string): Promise<ExitCode> {
  const command = dumpCommand(redacted(database), file);
  if (call.out.isJson) await call.out.document({ database: redacted(database), command });
  call.out.fault('A PostgreSQL is backed up by its own program, while it runs.', command);
  return EXIT.operator;
}

function outcomeOf(report: BackupReport, next: string): string {
  const { file, sizeBytes, sequence, lastChangeAt, keys } = report;
  const size = `${Math.ceil(sizeBytes / 1024)} kB`;
  return (
    `Wrote ${file} (${size}): ${counted(keys, 'key')}, up to change ${sequence} of ${lastChangeAt ?? 'never'}.\n` +
    `To see what putting it back would mean: ${next}`
  );
}
