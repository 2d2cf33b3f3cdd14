import { type Command, Option } from 'commander';
import type { Keyspace, KeyspacePatch } from '../views.js';
import { brandingDetails, brandingFrom } from './branding.js';
import { withSession } from './connect.js';
import { shapesFrom, shapeText } from './foreign-shape.js';
import { given } from './given.js';
import { type Cli, type Invocation, type Options, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { repeated, withData, withPages, withVersion } from './shared-options.js';

const COLUMNS: readonly Column<Keyspace>[] = [
  { title: 'NAME', value: (keyspace) => keyspace.name },
  { title: 'PREFIX', value: (keyspace) => keyspace.prefix },
  { title: 'ID', value: (keyspace) => keyspace.id },
  { title: 'STALENESS', value: (keyspace) => keyspace.staleness },
  { title: 'USE', value: (keyspace) => (keyspace.isManagement ? 'management keys' : '') },
];

/** `keyturn keyspace …` */
export function defineKeyspace(noun: Command, cli: Cli): void {
  withSettings(withData(noun.command('create')))
    .description('create a keyspace')
    .argument('<name>', 'lower-case letters, digits and dashes')
    .option('--prefix <prefix>', 'what its keys begin with, for ever; has to be given')
    .action(cli.run(createKeyspace));
  withPages(noun.command('list')).description('list keyspaces').action(cli.run(listKeyspaces));
  withData(noun.command('show'))
    .description('show one keyspace')
    .argument('<name>', 'or its id')
    .action(cli.run(showKeyspace));
  withSettings(withVersion(noun.command('update')))
    .description('change a keyspace; a list that is named is replaced')
    .argument('<name>', 'or its id')
    .action(cli.run(updateKeyspace));
}

function withSettings(command: Command): Command {
  return command
    .addOption(repeated('--scope <scope>', 'the only scopes its keys may hold'))
    .option('--no-scope', 'its keys may hold any scope')
    .option('--staleness <duration>', 'how old a cached answer may be (default: 5s)')
    .option('--store-loss <duration>', 'how long known keys pass while the store is lost')
    .addOption(repeated('--header <name>', 'a header that holds a key'))
    .option('--no-header', 'keys stand in the Authorization header only')
    .addOption(repeated('--scheme <scheme>', 'a scheme of the Authorization header'))
    .option('--no-scheme', 'no key stands in the Authorization header')
    .option('--query <name>', 'a query parameter that may hold a key')
    .option('--no-query', 'keys in URLs are refused')
    .addOption(
      new Option('--refusal <form>', 'how guards refuse (default: problem)').choices([
        'problem',
        'drf',
      ]),
    )
    .addOption(
      repeated('--foreign-shape <shape>', 'how imported keys look: 41,base62,. or 20-64,hex'),
    )
    .option('--no-foreign-shape', 'only keys that were made here are looked for')
    .option('--display-name <name>', 'what people see on the page of a claim')
    .option('--no-display-name', 'people see the keyspace’s own name')
    .option('--logo <file>', 'a PNG, JPEG or WebP of 32 KiB at most, shown there')
    .option('--no-logo', 'no logo is shown')
    .option('--reply-to <address>', 'where answers to mails to owners go')
    .option('--no-reply-to', 'they go to the sender’s address');
}

async function createKeyspace(call: Invocation): Promise<undefined> {
  const prefix = call.options.required('prefix');
  const input = { name: operandOf(call), prefix, ...settingsFrom(call.options) };
  const keyspace = await withSession(call, ({ keyspaces }) => keyspaces.create(input));
  if (call.out.isJson) return void (await call.out.document(keyspace));
  const where = whereTyped(call.options);
  const next = call.out.command(
    `keyturn key create${where} --keyspace ${keyspace.name} --name NAME`,
  );
  call.out.note(
    `Created keyspace ${keyspace.name} (${keyspace.id}); its keys begin with ${keyspace.prefix}_.\n` +
      `Next: ${next}`,
  );
}

async function listKeyspaces(call: Invocation): Promise<undefined> {
  await withSession(call, ({ keyspaces }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => keyspaces.list(page),
      none: 'There is no keyspace that you may see.',
    }),
  );
}

async function showKeyspace(call: Invocation): Promise<undefined> {
  const keyspace = await withSession(call, ({ keyspaces }) => keyspaces.get(operandOf(call)));
  if (call.out.isJson) await call.out.document(keyspace);
  else await call.out.details(detailsOf(keyspace));
}

async function updateKeyspace(call: Invocation): Promise<undefined> {
  const patch = given(settingsFrom(call.options));
  const ifMatch = call.options.wholeNumber('ifMatch');
  const keyspace = await withSession(call, ({ keyspaces }) =>
    keyspaces.update(operandOf(call), patch, { ifMatch }),
  );
  if (call.out.isJson) await call.out.document(keyspace);
  else call.out.note(`Changed keyspace ${keyspace.name}; it is version ${keyspace.version} now.`);
}

function settingsFrom(options: Options): KeyspacePatch {
  const headers = options.texts('header');
  const schemes = options.texts('scheme');
  const query = options.textOrNull('query');
  const credentials = {
    ...(headers === undefined ? {} : { headers }),
    ...(schemes === undefined ? {} : { schemes }),
    ...(query === undefined ? {} : { query }),
  };
  const isNoScope = options.isCleared('scope');
  const scopes = isNoScope ? null : options.texts('scope');
  const staleness = options.text('staleness');
  const storeLoss = options.text('storeLoss');
  const refusal = options.text('refusal');
  const shapes = options.texts('foreignShape');
  return {
    ...(Object.keys(credentials).length === 0 ? {} : { credentials }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(staleness === undefined ? {} : { staleness }),
    ...(storeLoss === undefined ? {} : { storeLoss }),
    ...(refusal === 'problem' || refusal === 'drf' ? { refusal } : {}),
    ...(shapes === undefined ? {} : { foreignShapes: shapesFrom(shapes) }),
    ...brandingFrom(options),
  };
}

function detailsOf(keyspace: Keyspace): (readonly [string, string])[] {
  const { headers, schemes, query } = keyspace.credentials;
  return [
    ['id', keyspace.id],
    ['name', keyspace.name],
    ['prefix', keyspace.prefix],
    ['use', keyspace.isManagement ? 'keys of Keyturn’s own API' : 'keys of your API'],
    ['scopes', keyspace.scopes === null ? 'any' : keyspace.scopes.join(' ')],
    ['staleness', keyspace.staleness],
    ['store loss', keyspace.storeLoss],
    ['headers', headers.join(', ')],
    ['schemes', schemes.join(', ')],
    ['query', query ?? 'keys in URLs are refused'],
    ['refusal', keyspace.refusal],
    ['foreign shapes', keyspace.foreignShapes.map(shapeText).join(' ')],
    ...brandingDetails(keyspace.branding),
    ['pattern', keyspace.pattern],
    ['created', keyspace.createdAt],
    ['changed', keyspace.updatedAt],
    ['version', String(keyspace.version)],
  ];
}
