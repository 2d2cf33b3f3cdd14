import type { Command } from 'commander';
import type { DestinationTrial, KeyDestination } from '../destination-views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { withSession } from './connect.js';
import { settingsFrom, withSettings } from './destination-given.js';
import { EXIT, type ExitCode } from './fault.js';
import { given } from './given.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { withConsent, withData, withPages, withVersion } from './shared-options.js';

const COLUMNS: readonly Column<KeyDestination>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'KEY', value: ({ key }) => key },
  { title: 'POSITION', value: ({ position }) => String(position) },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'SETTINGS', value: settingsText },
];

/** `keyturn destination …` */
export function defineDestination(noun: Command, cli: Cli): void {
  withSettings(withData(noun.command('create')))
    .description('name a place that holds a key’s secret and gets each new one')
    .option('--name <name>', 'like prod-env; unique among the key’s')
    .option('--key <id>', 'whose secret it holds')
    .option('--kind <kind>', 'dotenv, json, yaml, command, webhook, kubernetes, vault, aws, …')
    .option('--idempotency-key <key>', 'repeats answer the first result')
    .action(cli.run(createDestination));
  withPages(noun.command('list'))
    .description('list destinations')
    .option('--keyspace <keyspace>', 'name or id (default: all)')
    .option('--key <id>', 'of this key')
    .action(cli.run(listDestinations));
  withData(noun.command('show'))
    .description('show one destination')
    .argument('<id>')
    .action(cli.run(showDestination));
  withSettings(withVersion(noun.command('update')))
    .description('change a destination; settings that are given replace all that were there')
    .argument('<id>')
    .option('--name <name>', 'unique among the key’s')
    .action(cli.run(updateDestination));
  withConsent(noun.command('delete'))
    .description('deliver there no more; what stands there stays')
    .argument('<id>')
    .action(cli.run(deleteDestination));
  withData(noun.command('test'))
    .description('look whether a destination could be written, and which secret stands there')
    .argument('<id>')
    .action(cli.run(testDestination));
}

async function createDestination(call: Invocation): Promise<undefined> {
  const { options, out } = call;
  const input = {
    name: options.required('name'),
    key: options.required('key'),
    kind: options.required('kind'),
    settings: (await settingsFrom(call)) ?? {},
    position: options.wholeNumber('position'),
  };
  const idempotencyKey = options.text('idempotencyKey');
  const made = await withSession(call, ({ destinations }) =>
    destinations.create(input, { idempotencyKey }),
  );
  if (out.isJson) return void (await out.document(made));
  await out.details(detailsOf(made));
  if (made.missedBy !== null) sayMissed(call, made.missedBy);
  if (made.joinsOnRetry !== null) sayJoins(call, made.joinsOnRetry);
  out.note(`Next: ${out.command(`keyturn destination test ${made.id}${whereTyped(options)}`)}`);
}

/** What stands there is the old secret, which the rotation ends. */
function sayMissed({ out, options }: Invocation, rotation: string): void {
  const show = out.command(`keyturn rotation show ${rotation}${whereTyped(options)}`);
  out.note(
    `Rotation ${rotation} had begun before, and delivers nothing here: the next one does. A program that ` +
      'reads its secret here is refused once that one ends the old secret. Look whether it is to be ' +
      `aborted or rolled back, and begun anew: ${show}`,
  );
}

/** It comes to a place that is not there any more, and asks a person. */
function sayJoins({ out, options }: Invocation, rotation: string): void {
  const retry = out.command(`keyturn rotation retry ${rotation}${whereTyped(options)}`);
  out.note(
    `Rotation ${rotation} had begun before, and a place of it is gone, or is another one by now. Where it ` +
      `stops for that, this delivers here too: ${retry}`,
  );
}

async function listDestinations(call: Invocation): Promise<undefined> {
  const { options } = call;
  const which = { keyspace: options.text('keyspace'), key: options.text('key') };
  await withSession(call, ({ destinations }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => destinations.list({ ...which, ...page }),
      none:
        'There is no destination: new secrets are handed to who asks, or claimed. Make one: ' +
        'keyturn destination create --help',
    }),
  );
}

async function showDestination(call: Invocation): Promise<undefined> {
  const found = await withSession(call, ({ destinations }) => destinations.get(operandOf(call)));
  if (call.out.isJson) await call.out.document(found);
  else await call.out.details(detailsOf(found));
}

async function updateDestination(call: Invocation): Promise<undefined> {
  const { options, out } = call;
  const patch = given({
    name: options.text('name'),
    settings: await settingsFrom(call),
    position: options.wholeNumber('position'),
  });
  const ifMatch = options.wholeNumber('ifMatch');
  const changed = await withSession(call, ({ destinations }) =>
    destinations.update(operandOf(call), patch, { ifMatch }),
  );
  if (out.isJson) return void (await out.document(changed));
  out.note(`Changed ${nameOf(changed)}.`);
  out.note(`Next: ${out.command(`keyturn destination test ${changed.id}${whereTyped(options)}`)}`);
}

async function deleteDestination(call: Invocation): Promise<ExitCode> {
  requireConsent(call);
  const { options, out } = call;
  return await withSession(call, async ({ destinations }) => {
    const destination = await destinations.get(operandOf(call));
    const sentence =
      `Deleting ${nameOf(destination)} means that no new secret of ${destination.key} is ` +
      'delivered there. What stands there stays.';
    if (options.has('dryRun')) {
      if (out.isJson) await out.document({ plan: { act: 'destination.deleted', destination } });
      else await out.text(`${sentence}\nThis was a dry run: nothing was changed.`);
      return EXIT.done;
    }
    if (!(await isConfirmed(call, sentence))) return EXIT.refused;
    await destinations.delete(destination.id);
    if (out.isJson) await out.document({ destination });
    else out.note(`Deleted ${nameOf(destination)}.`);
    return EXIT.done;
  });
}

/** Ends with 1 where it could not be written: a script waits for it to be ready. */
async function testDestination(call: Invocation): Promise<ExitCode> {
  const { out } = call;
  const found = await withSession(call, ({ destinations }) => destinations.test(operandOf(call)));
  const { place, preflight, holds } = found;
  if (out.isJson) await out.document(found);
  else {
    await out.details([
      ['place', place],
      ['preflight', preflight === 'ready' ? 'ready' : `${preflight.class}: ${preflight.message}`],
      ['holds', heldText(holds)],
    ]);
  }
  return preflight === 'ready' ? EXIT.done : EXIT.refused;
}

function heldText(holds: DestinationTrial['holds']): string {
  if (typeof holds === 'object') return `secret ${holds.secret} of the key`;
  return holds === 'unreadable' ? 'it cannot be told' : holds;
}

function detailsOf(destination: KeyDestination): (readonly [string, string])[] {
  return [
    ['id', destination.id],
    ['name', destination.name],
    ['key', destination.key],
    ['keyspace', destination.keyspace],
    ['kind', destination.kind],
    ['settings', settingsText(destination)],
    ['position', String(destination.position)],
    ['created', destination.createdAt],
    ['changed', destination.updatedAt],
    ['version', String(destination.version)],
  ];
}

function settingsText({ settings, damaged }: KeyDestination): string {
  if (damaged === true) return 'damaged: say all anew with update, or delete it';
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

function nameOf({ id, name, kind }: KeyDestination): string {
  return `${id} (${name}, ${kind})`;
}
