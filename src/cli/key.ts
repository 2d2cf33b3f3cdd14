import { type Command, Option } from 'commander';
import { BULK_ACTS } from '../bulk-views.js';
import { KEY_ORDERS } from '../key-orders.js';
import { IMPORT_SOURCES, importKeys } from './import/key-import.js';
import type { Cli } from './invocation.js';
import { changeMany } from './key-bulk.js';
import { showConsumers } from './key-consumers.js';
import { createKey } from './key-create.js';
import { deleteKey, disableKey, enableKey, revokeKey } from './key-end.js';
import { exportAllKeys } from './key-export.js';
import { reportLeaked } from './key-leaked.js';
import { findKey, listKeys, showKey } from './key-read.js';
import { rotateKey } from './key-rotate.js';
import { updateKey } from './key-update.js';
import {
  environmentOption,
  repeated,
  withConsent,
  withData,
  withDatabase,
  withPages,
  withVersion,
} from './shared-options.js';

const STATES = ['active', 'disabled', 'expired', 'revoked'];

/** `keyturn key …` */
export function defineKey(noun: Command, cli: Cli): void {
  defineCreate(noun, cli);
  defineRead(noun, cli);
  defineUpdate(noun, cli);
  defineRotate(noun, cli);
  defineEnd(noun, cli);
  defineBulk(noun, cli);
  defineExport(noun, cli);
  defineImport(noun, cli);
}

function defineRotate(noun: Command, cli: Cli): void {
  withConsent(noun.command('rotate'))
    .description('replace the secret of a key; the old one works until all have moved')
    .argument('[id]', 'a key; or name many by --owner, --tag or --keyspace')
    .option('--owner <owner>', 'in an emergency: all keys of this owner')
    .option('--tag <tag>', 'in an emergency: all keys with this tag')
    .option('--keyspace <keyspace>', 'in an emergency: all keys of this keyspace')
    .option('--overlap <duration>', 'the old one ends after this: 7d (default: the policy decides)')
    .option('--keep', 'do not end the old one before its deadline')
    .addOption(
      new Option(
        '--deliver <how>',
        'claim: answer a link that shows the new secret, once; destinations: write it to those of the key (the default, if it has some)',
      ).choices(['answer', 'claim', 'destinations']),
    )
    .option('--compromised', 'the secret is in wrong hands: end it at once')
    .option('--reason <reason>', 'kept in the audit trail; --compromised needs one')
    .option('--idempotency-key <key>', 'a repeated call rotates no second time')
    .option('--out <file>', 'write the new secret to a new file with mode 0600 instead')
    .action(cli.run(rotateKey));
}

function defineImport(noun: Command, cli: Cli): void {
  withData(noun.command('import'))
    .description('take over keys that were made elsewhere; safe to run again')
    .argument('<file>', 'a file, a database, or - for standard input')
    .addOption(
      new Option('--from <source>', 'where they come from; has to be given').choices(
        IMPORT_SOURCES,
      ),
    )
    .option('--keyspace <keyspace>', 'name or id (default: default)')
    .option(
      '--from-keyspace <keyspace>',
      'take rows that are of this keyspace (better-auth: configId) in their source',
    )
    .option('--table <table>', 'the table that holds them, if it is not the usual one')
    .option('--owner-column <column>', 'the column that says whose they are')
    .option('--lower-scopes', 'write scopes with capitals in small letters, and say which')
    .option('--dry-run', 'say what would happen, and change nothing')
    .action(cli.run(importKeys));
}

function defineExport(noun: Command, cli: Cli): void {
  withDatabase(noun.command('export'))
    .description(
      'write every key with its digests, a JSON document a line; no key can be read in it',
    )
    .option('--keyspace <keyspace>', 'name or id (default: all)')
    .option('--import-rows', 'as key import --from jsonl takes them; names what it cannot take')
    .action(cli.run(exportAllKeys));
}

function defineCreate(noun: Command, cli: Cli): void {
  withData(noun.command('create'))
    .description('create a key; its plaintext is shown once, on standard output')
    .option('--name <name>', 'what it is for; has to be given')
    .option('--keyspace <keyspace>', 'name or id (default: default)')
    .option('--owner <owner>', 'whose it is: an id of your own')
    .addOption(environmentOption('live (the default) or test'))
    .addOption(repeated('--scope <scope>', 'what it may do: resource:action, * for any'))
    .addOption(repeated('--tag <tag>', 'to find it by'))
    .option('--expires <time>', '90d, or a date or RFC 3339 time')
    .option('--not-before <time>', 'from when it works')
    .option('--policy <policy>', 'on what terms its secret is replaced (default: default)')
    .option('--metadata <json>', 'a JSON object, or @file')
    .addOption(repeated('--address <network>', 'an address or network it works from'))
    .addOption(repeated('--origin <origin>', 'an origin it works from'))
    .addOption(repeated('--method <method>', 'an HTTP method it works with'))
    .addOption(repeated('--path <pattern>', 'a path it works on: /reports/**'))
    .addOption(repeated('--only-keyspace <keyspace>', 'management keys: what it may manage'))
    .option(
      '--idempotency-key <key>',
      'a repeated call answers the first one’s key, without its plaintext',
    )
    .option('--out <file>', 'write the plaintext to a new file with mode 0600 instead')
    .action(cli.run(createKey));
}

function defineRead(noun: Command, cli: Cli): void {
  withFilters(noun.command('list'))
    .description('list keys, newest first')
    .option(
      '--search <text>',
      'words that a name, owner, hint, id, tag or metadata has; their beginnings do',
    )
    .action(cli.run(listKeys));
  withFilters(noun.command('find'))
    .description('find keys by text, or the key a secret on standard input belongs to')
    .argument(
      '[text]',
      'words that a name, owner, hint, id, tag or metadata has; their beginnings do',
    )
    .option('--secret', 'read a secret from standard input; in any state')
    .action(cli.run(findKey));
  withData(noun.command('show'))
    .description('show one key')
    .argument('<id>')
    .action(cli.run(showKey));
  withData(noun.command('consumers'))
    .description('show who uses a key, as far as they are told apart')
    .argument('<id>')
    .action(cli.run(showConsumers));
}

function defineUpdate(noun: Command, cli: Cli): void {
  const command = withVersion(noun.command('update'))
    .description('change a key; what is not named stays, a list that is named is replaced')
    .argument('<id>')
    .option('--name <name>', 'what it is for')
    .option('--metadata <json>', 'a JSON object, or @file');
  for (const [name, value, description] of CLEARABLE) {
    command.option(`--${name} <${value}>`, description);
    command.option(`--no-${name}`, 'none');
  }
  for (const [name, value, description] of CLEARABLE_LISTS) {
    command.addOption(repeated(`--${name} <${value}>`, description));
    command.option(`--no-${name}`, 'none');
  }
  command.action(cli.run(updateKey));
}

const CLEARABLE = [
  ['owner', 'owner', 'whose it is'],
  ['expires', 'time', '90d from now, or a date or RFC 3339 time'],
  ['not-before', 'time', 'from when it works'],
  ['policy', 'policy', 'on what terms its secret is replaced'],
] as const;

const CLEARABLE_LISTS = [
  ['scope', 'scope', 'what it may do'],
  ['tag', 'tag', 'to find it by'],
  ['address', 'network', 'an address or network it works from'],
  ['origin', 'origin', 'an origin it works from'],
  ['method', 'method', 'an HTTP method it works with'],
  ['path', 'pattern', 'a path it works on'],
  ['only-keyspace', 'keyspace', 'management keys: what it may manage'],
] as const;

function defineEnd(noun: Command, cli: Cli): void {
  withConsent(noun.command('revoke'))
    .description('refuse a key for ever, or one of its secrets')
    .argument('<id>')
    .option('--secret <number>', 'that secret only')
    .option('--descendants', 'a management key: and every key that it made, and those they made')
    .option('--reason <reason>', 'kept in the audit trail')
    .action(cli.run(revokeKey));
  withConsent(noun.command('leaked'))
    .description('report a secret that was found in the open; its policy says what is done to it')
    .option('--source <source>', 'who found it')
    .option('--url <url>', 'where; only its origin and path are kept')
    .option('--found-at <time>', 'when: an RFC 3339 time or a date (default: now)')
    .action(cli.run(reportLeaked));
  withData(noun.command('disable'))
    .description('refuse a key until it is enabled again')
    .argument('<id>')
    .option('--reason <reason>', 'kept in the audit trail')
    .action(cli.run(disableKey));
  withData(noun.command('enable'))
    .description('let a disabled key work again, or keep an unused one')
    .argument('<id>')
    .option('--reason <reason>', 'kept in the audit trail')
    .action(cli.run(enableKey));
  withConsent(noun.command('delete'))
    .description('delete a revoked key; its audit trail stays')
    .argument('<id>')
    .action(cli.run(deleteKey));
}

function defineBulk(noun: Command, cli: Cli): void {
  withKeyFilters(withConsent(noun.command('bulk')))
    .description(`do one thing to many keys: ${BULK_ACTS.join(', ')}`)
    .argument('<act>', BULK_ACTS.join(', '))
    .argument('[ids...]', 'keys; or name them by what they have')
    .option('--search <text>', 'words that a name, owner, hint, id, tag or metadata has')
    .addOption(repeated('--set <tag>', 'of tag and untag: which'))
    .option('--reason <reason>', 'kept in the audit trail')
    .option('--overlap <duration>', 'of rotate: the old secret ends after this')
    .addOption(
      new Option('--deliver <how>', 'of rotate: a link each, or to their destinations').choices([
        'claim',
        'destinations',
      ]),
    )
    .option('--idempotency-key <key>', 'a repeated call does nothing twice')
    .action(cli.run(changeMany));
}

function withFilters(command: Command): Command {
  return withKeyFilters(withPages(command));
}

function withKeyFilters(command: Command): Command {
  return command
    .addOption(
      new Option('--sort <order>', 'by what; - before it: the other way round').choices(KEY_ORDERS),
    )
    .option('--keyspace <keyspace>', 'name or id')
    .option('--owner <owner>', 'whose they are')
    .addOption(new Option('--state <state>', 'in this state').choices(STATES))
    .addOption(environmentOption('in this environment'))
    .option('--tag <tag>', 'with this tag')
    .option('--policy <policy>', 'that name this policy')
    .option('--past-policy', 'whose secret is older than their policy allows');
}
