import type { Command } from 'commander';
import type { SessionItem } from '../people-views.js';
import type { Page } from '../views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode } from './fault.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import type { Column } from './output.js';
import { withConsent, withData } from './shared-options.js';

const COLUMNS: readonly Column<SessionItem>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'PERSON', value: ({ person }) => person },
  { title: 'BY', value: ({ method, provider }) => provider ?? method },
  { title: 'BROWSER', value: ({ agent }) => agent ?? '' },
  { title: 'SEEN', value: ({ seenAt }) => seenAt },
  { title: 'ENDS', value: ({ expiresAt }) => expiresAt },
];

/** `keyturn session …` */
export function defineSession(noun: Command, cli: Cli): void {
  withData(noun.command('list')).description('list who is signed in').action(cli.run(listAll));
  withConsent(noun.command('end'))
    .description('end a session: whoever holds it is signed out')
    .argument('<id>')
    .action(cli.run(endSession));
}

/** Of every person: the command line has none of its own. */
async function listAll(call: Invocation): Promise<undefined> {
  const items = await withSession(call, async ({ people }) => {
    const open: SessionItem[] = [];
    for await (const { id } of people.list()) open.push(...(await people.sessions(id)).items);
    return open;
  });
  await showSessions(call, { items, nextCursor: null });
}

async function endSession(call: Invocation): Promise<ExitCode | undefined> {
  requireConsent(call);
  const id = operandOf(call);
  if (call.options.has('dryRun')) {
    call.out.note(`Would end the session ${id}. Nothing was changed.`);
    return undefined;
  }
  if (!(await isConfirmed(call, `End the session ${id}? Whoever holds it is signed out.`))) {
    return EXIT.refused;
  }
  await withSession(call, ({ sessions }) => sessions.end(id));
  if (call.out.isJson) await call.out.document({ ended: id });
  else call.out.note(`Ended the session ${id}.`);
  return undefined;
}

/** What is open, as a table or as the HTTP API has it. */
export async function showSessions(call: Invocation, page: Page<SessionItem>): Promise<void> {
  if (call.out.isJson) return call.out.document(page);
  if (page.items.length === 0) call.out.note('Nobody is signed in.');
  else await call.out.table(COLUMNS, page.items);
}
