import { type Command, Option } from 'commander';
import type { InvitedPerson, Person, PersonPatch } from '../people-views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import { type Cli, type Invocation, type Options, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { showSessions } from './person-session.js';
import { repeated, withConsent, withData, withPages, withVersion } from './shared-options.js';

const ROLES = ['viewer', 'auditor', 'operator', 'admin'] as const;
const COLUMNS: readonly Column<Person>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'EMAIL', value: ({ email }) => email },
  { title: 'ROLE', value: ({ role }) => role },
  { title: 'KEYSPACES', value: ({ keyspaces }) => keyspaces?.join(', ') ?? 'all' },
  { title: 'STATE', value: ({ state }) => state },
];

/** `keyturn person …` */
export function definePerson(noun: Command, cli: Cli): void {
  withPages(noun.command('list')).description('list who may sign in').action(cli.run(listPeople));
  withData(noun.command('show'))
    .description('show one person')
    .argument('<id>')
    .action(cli.run(showPerson));
  withRights(withData(noun.command('invite')))
    .description('let somebody in, by a link that sets a password; or make a new link for a person')
    .argument('<email>', 'a mail address; of a person who is there, also the id')
    .option('--name <name>', 'of somebody new')
    .action(cli.run(invitePerson));
  withRights(withVersion(noun.command('update')))
    .description('change a person; keyspaces that are named take the place of all')
    .argument('<id>')
    .option('--name <name>', 'another name')
    .option('--email <address>', 'another mail address')
    .action(cli.run(updatePerson));
  withConsent(noun.command('remove'))
    .description('let a person in no more, and erase what is known of it')
    .argument('<id>')
    .action(cli.run(removePerson));
  withData(noun.command('sessions'))
    .description('list what a person has open')
    .argument('<id>')
    .action(cli.run(listSessions));
}

function withRights(command: Command): Command {
  return command
    .addOption(new Option('--role <role>', 'what the person may do').choices(ROLES))
    .addOption(repeated('--only-keyspace <keyspace>', 'sees no other'))
    .option('--no-only-keyspace', 'sees all');
}

async function listPeople(call: Invocation): Promise<undefined> {
  const invite = `keyturn person invite EMAIL --name NAME --role admin${whereTyped(call.options)}`;
  await withSession(call, ({ people }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => people.list(page),
      none: `Nobody may sign in yet. Invite somebody: ${call.out.command(invite)}`,
    }),
  );
}

async function showPerson(call: Invocation): Promise<undefined> {
  const person = await withSession(call, ({ people }) => people.get(operandOf(call)));
  if (call.out.isJson) await call.out.document(person);
  else await call.out.details(detailsOf(person));
}

/** Somebody new by mail address, name and role; who is there by mail address or id alone. */
async function invitePerson(call: Invocation): Promise<undefined> {
  const whom = operandOf(call);
  const { name, role, keyspaces } = rightsFrom(call.options);
  const invited = await withSession(call, async ({ people }) => {
    if (!whom.includes('@')) return people.invite(whom);
    for await (const person of people.list()) {
      if (person.email.toLowerCase() === whom.toLowerCase()) return people.invite(person.id);
    }
    if (name === undefined || role === undefined) {
      throw new UsageFault('Nobody has this mail address. Say who it is: --name NAME --role ROLE.');
    }
    return people.create({ email: whom, name, role, keyspaces });
  });
  await sayInvited(call, invited);
}

async function sayInvited(call: Invocation, invited: InvitedPerson): Promise<void> {
  const { out } = call;
  if (out.isJson) return out.document(invited);
  const { person, invitation } = invited;
  out.note(`Invited ${person.name} (${person.id}, ${person.role}).`);
  out.note(`The link works once, until ${invitation.expiresAt}, and is shown here alone.`);
  if (invitation.url.startsWith('/')) {
    out.note('No public address is set ("publicUrl"): put the address of your server in front.');
  }
  await out.text(invitation.url);
}

async function updatePerson(call: Invocation): Promise<undefined> {
  const { options } = call;
  const patch = { ...rightsFrom(options), email: options.text('email') };
  const ifMatch = options.wholeNumber('ifMatch');
  const person = await withSession(call, ({ people }) =>
    people.update(operandOf(call), patch, { ifMatch }),
  );
  if (call.out.isJson) await call.out.document(person);
  else call.out.note(`Changed ${person.name} (${person.id}).`);
}

async function removePerson(call: Invocation): Promise<ExitCode | undefined> {
  requireConsent(call);
  return withSession(call, async ({ people }) => {
    const person = await people.get(operandOf(call));
    const sentence =
      `Removing ${person.name} (${person.id}) cannot be undone: its sessions end, and its name and ` +
      'mail address go, also from beside the audit trail. Keys that it made go on working.';
    if (call.options.has('dryRun')) {
      if (call.out.isJson) await call.out.document({ plan: { act: 'person.removed', person } });
      else await call.out.text(`${sentence}\nThis was a dry run: nothing was changed.`);
      return undefined;
    }
    if (!(await isConfirmed(call, sentence))) return EXIT.refused;
    await people.remove(person.id);
    if (call.out.isJson) await call.out.document({ removed: person.id });
    else call.out.note(`Removed ${person.id}.`);
    return undefined;
  });
}

async function listSessions(call: Invocation): Promise<undefined> {
  const page = await withSession(call, ({ people }) => people.sessions(operandOf(call)));
  await showSessions(call, page);
}

function rightsFrom(options: Options): PersonPatch {
  const role = ROLES.find((one) => one === options.text('role'));
  const keyspaces = options.texts('onlyKeyspace');
  return {
    name: options.text('name'),
    role,
    keyspaces: keyspaces?.length === 0 ? null : keyspaces,
  };
}

function detailsOf(person: Person): (readonly [string, string])[] {
  return [
    ['id', person.id],
    ['name', person.name],
    ['email', person.email],
    ['role', person.role],
    ['keyspaces', person.keyspaces?.join(', ') ?? 'all'],
    ['state', person.state],
    ['created', person.createdAt],
    ['changed', person.updatedAt],
    ['version', String(person.version)],
  ];
}
