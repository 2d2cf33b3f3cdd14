import type { Command } from 'commander';
import { counted } from '../counted.js';
import type { DueItem, DueReport } from '../due-views.js';
import { consent } from './ask.js';
import type { Config } from './config.js';
import { isServerMeant, openTool } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { withData } from './shared-options.js';

const COLUMNS: readonly Column<DueItem>[] = [
  { title: 'WHAT', value: ({ what }) => what.replaceAll('_', ' ') },
  { title: 'KEY', value: ({ key }) => key },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'DUE', value: ({ dueAt }) => dueAt ?? '' },
  { title: 'ROTATION', value: ({ rotation }) => rotation ?? '' },
  { title: 'DETAIL', value: ({ detail }) => detail },
];

/** `keyturn rotate --due` */
export function defineRotate(command: Command, cli: Cli): void {
  withData(command)
    .option('--due', 'begin what schedules ask for, and work on open rotations, once')
    .option('--dry-run', 'say what would be begun, and begin nothing')
    .option('--public-url <url>', 'what the links of claims begin with')
    .action(cli.run(rotate));
}

async function rotate(call: Invocation): Promise<ExitCode> {
  if (!call.options.has('due')) {
    const message =
      'Say --due to rotate what is due by its schedule. For one key there is another command.';
    throw new UsageFault(message, { next: 'keyturn key rotate --help' });
  }
  const config = await call.config();
  refuseServer(config);
  const report = await reportOf(call, config);
  if (call.out.isJson) await call.out.document(report);
  else await show(call, report);
  return report.needsOperator ? EXIT.operator : EXIT.done;
}

function refuseServer(config: Config): void {
  if (isServerMeant(config)) {
    throw new UsageFault(
      'A running server rotates by itself what is due, so there is nothing to ask of it. Name the ' +
        'database with --database where no server runs.',
      { next: 'keyturn rotation list' },
    );
  }
  if (config.settings.database === 'memory:') {
    throw new UsageFault(
      'A memory: database ends with the process that made it. Name a file or a PostgreSQL.',
    );
  }
}

async function reportOf(call: Invocation, config: Config): Promise<DueReport> {
  const keyturn = await openTool(config);
  try {
    await keyturn.open(); // At once, so that the fault itself is told and not what it leads to.
    const dryRun = call.options.has('dryRun');
    return await keyturn.rotateDue({ dryRun, progress: (text) => call.out.note(text) });
  } finally {
    await keyturn.close();
  }
}

async function show(call: Invocation, { items, dryRun, needsOperator, notices }: DueReport) {
  const { out } = call;
  if (items.length > 0) await out.table(COLUMNS, items);
  if (items.length === 0) out.note('Nothing is due, and no rotation moved.');
  if (dryRun) out.note('This was a dry run: nothing was begun.');
  sayUntold(call, notices);
  if (!needsOperator) return;
  const where = whereTyped(call.options);
  const stuck = items.filter(({ what }) => what === 'not_started' || what === 'needs_operator');
  const isOpen = stuck.some(({ what }) => what === 'needs_operator');
  const list = isOpen ? 'rotation list --open' : 'events list --type rotation.not_started';
  const next = out.command(`keyturn ${list}${where}`);
  out.note(`A person is needed for ${counted(stuck.length, 'key')}. Next: ${next}`);
}

/** What people were to be told and were not, and what to do. */
function sayUntold(call: Invocation, notices: DueReport['notices']): void {
  const { out } = call;
  const { failing, dead, held, heldUntil } = notices;
  const where = whereTyped(call.options);
  if (held > 0) {
    out.note(
      `Held: ${counted(held, 'notice')}, for quiet hours or because of too many in an hour. The first run ` +
        `after ${heldUntil} sends the last of them.`,
    );
  }
  if (failing > 0) {
    const why = out.command(`keyturn notice list --state waiting${where}`);
    out.note(
      `${counted(failing, 'notice')} could not be sent, and will be tried again. Why: ${why}`,
    );
  }
  if (dead === 0) return;
  const why = `keyturn notice list --state dead${where}`;
  const again = `keyturn notice retry --all${consent(call)}${where}`;
  out.note(
    `${counted(dead, 'notice')} could not be sent, and will not be tried again by itself. Why: ` +
      `${out.command(why)}. Once that is mended: ${out.command(again)}`,
  );
}
