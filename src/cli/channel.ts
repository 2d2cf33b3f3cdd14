import { type Command, Option } from 'commander';
import type { Channel, SavedChannel } from '../channel-views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
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

const COLUMNS: readonly Column<Channel>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'KEYSPACE', value: ({ keyspace }) => keyspace },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'TO', value: (channel) => placeOf(channel) },
];
const KINDS = ['mail', 'slack', 'webhook'] as const;

/** `keyturn channel …` */
export function defineChannel(noun: Command, cli: Cli): void {
  withPlace(withKeyspace(withData(noun.command('create'))))
    .description('make a channel: where operators are told; policies name it')
    .argument('<name>')
    .addOption(new Option('--kind <kind>', 'how').choices(KINDS).makeOptionMandatory())
    .action(cli.run(createChannel));
  withPages(withKeyspace(noun.command('list')))
    .description('list channels')
    .action(cli.run(listChannels));
  withData(noun.command('show'))
    .description('show one channel')
    .argument('<channel>', 'its name or id')
    .action(cli.run(showChannel));
  withPlace(withVersion(noun.command('update')))
    .description('change a channel; addresses that are named take the place of all')
    .argument('<channel>', 'its name or id')
    .option('--name <name>', 'another name; no policy may name it')
    .action(cli.run(updateChannel));
  withConsent(noun.command('delete'))
    .description('delete a channel that no policy names')
    .argument('<channel>', 'its name or id')
    .action(cli.run(deleteChannel));
  withData(noun.command('test'))
    .description('send a few words by a channel, to see whether they arrive')
    .argument('<channel>', 'its name or id')
    .action(cli.run(testChannel));
}

function withPlace(command: Command): Command {
  return command
    .option('--connection <name>', 'of "notices.connections" in the configuration')
    .addOption(repeated('--address <address>', 'of a mail'));
}

async function createChannel(call: Invocation): Promise<undefined> {
  const kind = KINDS.find((one) => one === call.options.text('kind'));
  if (kind === undefined) throw new UsageFault('Say the kind: --kind mail, slack or webhook.');
  const keyspace = call.options.text('keyspace');
  const input = { name: operandOf(call), kind, keyspace, ...placeFrom(call.options) };
  const channel = await withSession(call, ({ channels }) => channels.create(input));
  await say(call, channel, 'Created');
  const test = call.out.command(`keyturn channel test ${channel.id}${whereTyped(call.options)}`);
  call.out.note(`Next: ${test}`);
}

async function listChannels(call: Invocation): Promise<undefined> {
  await withSession(call, ({ channels }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => channels.list({ ...page, keyspace: call.options.text('keyspace') }),
      none: `There is no channel. Make one: ${call.out.command(`keyturn channel create NAME --kind mail --address ADDRESS${whereTyped(call.options)}`)}`,
    }),
  );
}

async function showChannel(call: Invocation): Promise<undefined> {
  const channel = await withSession(call, ({ channels }) => channels.get(operandOf(call)));
  if (call.out.isJson) await call.out.document(channel);
  else await call.out.details(detailsOf(channel));
}

async function updateChannel(call: Invocation): Promise<undefined> {
  const { options } = call;
  const patch = { name: options.text('name'), ...placeFrom(options) };
  const ifMatch = options.wholeNumber('ifMatch');
  const channel = await withSession(call, ({ channels }) =>
    channels.update(operandOf(call), patch, { ifMatch }),
  );
  await say(call, channel, 'Changed');
}

async function deleteChannel(call: Invocation): Promise<ExitCode | undefined> {
  requireConsent(call);
  return withSession(call, async ({ channels }) => {
    const channel = await channels.get(operandOf(call));
    const question = `Delete the channel "${channel.name}" of ${channel.keyspace}?`;
    if (call.options.has('dryRun')) {
      call.out.note(`Would delete the channel ${channel.name}. Nothing was changed.`);
      return undefined;
    }
    if (!(await isConfirmed(call, question))) return EXIT.refused;
    await channels.delete(channel.id);
    if (call.out.isJson) await call.out.document({ deleted: channel.id });
    else call.out.note(`Deleted the channel ${channel.name}.`);
    return undefined;
  });
}

async function testChannel(call: Invocation): Promise<ExitCode | undefined> {
  const told = await withSession(call, ({ channels }) => channels.test(operandOf(call)));
  if (call.out.isJson) await call.out.document(told);
  else call.out.note(told.sent ? 'Sent. Look whether it arrived.' : (told.detail ?? 'Not sent.'));
  return told.sent ? undefined : EXIT.refused;
}

function placeFrom(options: Options) {
  return { connection: options.text('connection'), addresses: options.texts('address') };
}

function placeOf({ connection, addresses }: Channel): string {
  return connection ?? (addresses ?? []).join(', ');
}

async function say({ out }: Invocation, channel: SavedChannel, done: string): Promise<void> {
  if (out.isJson) return out.document(channel);
  out.note(`${done} the channel ${channel.name} of ${channel.keyspace}.`);
  for (const warning of channel.warnings) out.note(`Warning: ${warning}`);
  await out.details(detailsOf(channel));
}

function detailsOf(channel: Channel): (readonly [string, string])[] {
  return [
    ['id', channel.id],
    ['name', channel.name],
    ['keyspace', channel.keyspace],
    ['kind', channel.kind],
    ['to', placeOf(channel)],
    ['created', channel.createdAt],
    ['changed', channel.updatedAt],
    ['version', String(channel.version)],
  ];
}
