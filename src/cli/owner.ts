import type { Command } from 'commander';
import type { Owner, OwnerPatch } from '../views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode } from './fault.js';
import { given } from './given.js';
import { type Cli, type Invocation, type Options, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import {
  repeated,
  withConsent,
  withData,
  withKeyspace,
  withPages,
  withVersion,
} from './shared-options.js';

const COLUMNS: readonly Column<Owner>[] = [
  { title: 'ID', value: (owner) => owner.id },
  { title: 'KEYSPACE', value: (owner) => owner.keyspace },
  { title: 'NAME', value: (owner) => owner.name ?? '' },
  { title: 'EMAILS', value: (owner) => owner.emails.join(', ') },
  { title: 'ERASED', value: (owner) => owner.erasedAt ?? '' },
];

/** `keyturn owner …` */
export function defineOwner(noun: Command, cli: Cli): void {
  withPerson(withKeyspace(withData(noun.command('create'))))
    .description('keep a record of an owner: everything personal stands there')
    .argument('<id>', 'an id of your own')
    .action(cli.run(createOwner));
  withKeyspace(withPages(noun.command('list')))
    .description('list owners’ records')
    .action(cli.run(listOwners));
  withKeyspace(withData(noun.command('show')))
    .description('show one owner’s record')
    .argument('<id>')
    .action(cli.run(showOwner));
  withPerson(withKeyspace(withVersion(noun.command('update'))))
    .description('change an owner’s record; a list that is named is replaced')
    .argument('<id>')
    .action(cli.run(updateOwner));
  withKeyspace(withConsent(noun.command('erase')))
    .description('remove everything personal of an owner; the audit trail still verifies')
    .argument('<id>')
    .action(cli.run(eraseOwner));
}

function withPerson(command: Command): Command {
  return command
    .option('--name <name>', 'a person’s or a company’s')
    .option('--no-name', 'none')
    .addOption(repeated('--email <address>', 'where news of its keys goes'))
    .option('--no-email', 'none')
    .option('--locale <locale>', 'BCP 47: de-CH')
    .option('--no-locale', 'none')
    .option('--timezone <zone>', 'IANA: Europe/Zurich')
    .option('--no-timezone', 'none');
}

async function createOwner(call: Invocation): Promise<undefined> {
  const input = { id: operandOf(call), ...keyspaceFrom(call.options), ...personFrom(call.options) };
  const owner = await withSession(call, ({ owners }) => owners.create(input));
  await say(call, owner, 'Created');
}

async function listOwners(call: Invocation): Promise<undefined> {
  await withSession(call, ({ owners }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => owners.list({ ...keyspaceFrom(call.options), ...page }),
      none: `There is no owner’s record. Make one: ${call.out.command(`keyturn owner create ID${whereTyped(call.options)}`)}`,
    }),
  );
}

async function showOwner(call: Invocation): Promise<undefined> {
  const where = keyspaceFrom(call.options);
  const owner = await withSession(call, ({ owners }) => owners.get(operandOf(call), where));
  if (call.out.isJson) await call.out.document(owner);
  else await call.out.details(detailsOf(owner));
}

async function updateOwner(call: Invocation): Promise<undefined> {
  const patch = given(personFrom(call.options));
  const options = { ...keyspaceFrom(call.options), ifMatch: call.options.wholeNumber('ifMatch') };
  const owner = await withSession(call, ({ owners }) =>
    owners.update(operandOf(call), patch, options),
  );
  await say(call, owner, 'Changed');
}

async function eraseOwner(call: Invocation): Promise<ExitCode> {
  requireConsent(call);
  const where = keyspaceFrom(call.options);
  return await withSession(call, async ({ owners }) => {
    const owner = await owners.get(operandOf(call), where);
    const sentence =
      `Erasing owner ${owner.id} cannot be undone: its name, addresses, locale and time zone go, ` +
      'from its record and from beside the audit trail. Its keys go on working.';
    if (call.options.has('dryRun')) {
      if (call.out.isJson) await call.out.document({ plan: { act: 'owner.erased', owner } });
      else await call.out.text(`${sentence}\nThis was a dry run: nothing was changed.`);
      return EXIT.done;
    }
    if (!(await isConfirmed(call, sentence))) return EXIT.refused;
    await say(call, await owners.erase(owner.id, where), 'Erased');
    return EXIT.done;
  });
}

async function say(call: Invocation, owner: Owner, done: string): Promise<undefined> {
  if (call.out.isJson) await call.out.document(owner);
  else call.out.note(`${done} the record of owner ${owner.id} in keyspace ${owner.keyspace}.`);
}

function keyspaceFrom(options: Options): { readonly keyspace?: string } {
  const keyspace = options.text('keyspace');
  return keyspace === undefined ? {} : { keyspace };
}

function personFrom(options: Options): OwnerPatch {
  const name = options.textOrNull('name');
  const emails = options.texts('email');
  const locale = options.textOrNull('locale');
  const timezone = options.textOrNull('timezone');
  return {
    ...(name === undefined ? {} : { name }),
    ...(emails === undefined ? {} : { emails }),
    ...(locale === undefined ? {} : { locale }),
    ...(timezone === undefined ? {} : { timezone }),
  };
}

function detailsOf(owner: Owner): (readonly [string, string])[] {
  return [
    ['id', owner.id],
    ['keyspace', owner.keyspace],
    ['name', owner.name ?? ''],
    ['emails', owner.emails.join(', ')],
    ['locale', owner.locale ?? ''],
    ['time zone', owner.timezone ?? ''],
    ['created', owner.createdAt],
    ['changed', owner.updatedAt],
    ['erased', owner.erasedAt ?? 'no'],
    ['version', String(owner.version)],
  ];
}
