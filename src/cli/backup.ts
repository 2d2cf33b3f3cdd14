import type { Command } from 'commander';
import { type BackupOutcome, backupDatabase } from '../backup.js';
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
    const migrate = `keyturn migrate --database ${shellWord(`sqlite:${report.file}`)}`;
    const [first, then] = [call.out.command(migrate), call.out.command(restore)];
    call.out.note(`${outcomeOf(report)}\n${nextOf(report, first, then)}`);
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

function outcomeOf(report: BackupOutcome): string {
  const { file, sizeBytes, sequence, lastChangeAt, keys } = report;
  const size = `${Math.ceil(sizeBytes / 1024)} kB`;
  return (
    `Wrote ${file} (${size}): ${counted(keys, 'key')}, up to change ${sequence} of ` +
    `${lastChangeAt ?? 'never'}.`
  );
}

/** A restore reads the copy: of another schema only the program can that goes with it. */
function nextOf({ schema }: BackupOutcome, migrate: string, restore: string): string {
  switch (schema.kind) {
    case 'older':
      return (
        `Its schema is version ${schema.version}, as in the database: the program that it is of puts it back as ` +
        `it is. This one (schema ${schema.needs}) takes it after: ${migrate}`
      );
    case 'newer':
      return (
        `Its schema is version ${schema.version}, as in the database: a newer program wrote it, and puts it back. ` +
        `This one reads ${schema.reads}.`
      );
    default:
      return `To see what putting it back would mean: ${restore}`;
  }
}
