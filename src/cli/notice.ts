import { type Command, Option } from 'commander';
import type { Notice, Notices } from '../channel-views.js';
import { counted } from '../counted.js';
import { isConfirmed, requireConsent } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { withConsent, withPages } from './shared-options.js';

const COLUMNS: readonly Column<Notice>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'TO', value: ({ recipient, owner }) => owner ?? recipient },
  { title: 'KEY', value: ({ key }) => key },
  { title: 'TRIES', value: ({ tries }) => String(tries) },
  { title: 'WHY', value: ({ failure }) => failure?.message ?? '' },
];
const STATES = ['waiting', 'sent', 'dead'] as const;

/** `keyturn notice …` */
export function defineNotice(noun: Command, cli: Cli): void {
  withPages(noun.command('list'))
    .description('list what people were told, are to be, or could not be')
    .addOption(new Option('--state <state>', 'only these').choices(STATES))
    .action(cli.run(listNotices));
  withConsent(noun.command('retry'))
    .description('send a notice anew that was given up, or all of them')
    .argument('[id]')
    .option('--all', 'each that was given up')
    .option('--keyspace <keyspace>', 'with --all: only of this keyspace, by name')
    .action(cli.run(retryNotice));
}

async function listNotices(call: Invocation): Promise<undefined> {
  const state = STATES.find((one) => one === call.options.text('state'));
  await withSession(call, ({ notices }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => notices.list({ state, ...page }),
      none: 'There is no notice. Policies say who is told: notify in a policy file.',
    }),
  );
}

async function retryNotice(call: Invocation): Promise<ExitCode> {
  const [id] = call.operands;
  const isAll = call.options.has('all');
  if (isAll === (id !== undefined)) {
    throw new UsageFault('Name one notice, or say --all.', {
      next: 'keyturn notice list --state dead',
    });
  }
  if (isAll) return retryAll(call);
  if (call.options.has('dryRun') || call.options.has('keyspace')) {
    throw new UsageFault('--dry-run and --keyspace go with --all.');
  }
  const notice = await withSession(call, ({ notices }) => notices.retry(operandOf(call)));
  if (call.out.isJson) await call.out.document(notice);
  else call.out.note(`It is sent anew to ${notice.owner ?? notice.recipient}.`);
  return EXIT.done;
}

async function retryAll(call: Invocation): Promise<ExitCode> {
  requireConsent(call);
  return withSession(call, async ({ notices }) => {
    const dead = await deadOf(call, notices);
    const count = dead.length;
    const dryRun = call.options.has('dryRun');
    if (!dryRun && count > 0) {
      const question = `To be sent anew: ${counted(count, 'notice')}.`;
      if (!(await isConfirmed(call, question))) return EXIT.refused;
      for (const { id } of dead) await notices.retry(id);
    }
    if (call.out.isJson) await call.out.document({ dryRun, notices: count });
    else call.out.note(saidOf(counted(count, 'notice'), dryRun));
    return EXIT.done;
  });
}

function saidOf(notices: string, isDryRun: boolean): string {
  return isDryRun
    ? `It would send ${notices} anew. Nothing was changed.`
    : `Sent anew: ${notices}.`;
}

async function deadOf(call: Invocation, notices: Notices): Promise<readonly Notice[]> {
  const keyspace = call.options.text('keyspace');
  const dead: Notice[] = [];
  for await (const one of notices.list({ state: 'dead', limit: 200 })) {
    if (keyspace === undefined || one.keyspace === keyspace) dead.push(one);
  }
  return dead;
}
