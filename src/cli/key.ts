import { type Command, Option } from 'commander';
import type { Cli } from './invocation.js';
import { createKey } from './key-create.js';
import { deleteKey, disableKey, enableKey, revokeKey } from './key-end.js';
import { findKey, listKeys, showKey } from './key-read.js';
import { updateKey } from './key-update.js';
import {
  environmentOption,
  repeated,
  withConsent,
  withData,
  withPages,
  withVersion,
} from './shared-options.js';

const STATES = ['active', 'disabled', 'expired', 'revoked'];

/** `keyturn key …` */
export function defineKey(noun: Command, cli: Cli): void {
  defineCreate(noun, cli);
  defineRead(noun, cli);
  defineUpdate(noun, cli);
  defineEnd(noun, cli);
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
    .option('--metadata <json>', 'a JSON object, or @file')
    .addOption(repeated('--address <network>', 'an address or network it works from'))
    .addOption(repeated('--origin <origin>', 'an origin it works from'))
    .addOption(repeated('--method <method>', 'an HTTP method it works with'))
    .addOption(repeated('--path <pattern>', 'a path it works on: /reports/**'))
    .addOption(repeated('--only-keyspace <keyspace>', 'management keys: what it may manage'))
    .option('--idempotency-key <key>', 'a repeated call answers the first one’s key')
    .option('--out <file>', 'write the plaintext to a new file with mode 0600 instead')
    .action(cli.run(createKey));
}

function defineRead(noun: Command, cli: Cli): void {
  withFilters(noun.command('list'))
    .description('list keys, newest first')
    .option('--search <text>', 'part of a name, owner, hint, id or tag')
    .action(cli.run(listKeys));
  withFilters(noun.command('find'))
    .description('find keys by text, or the key a secret on standard input belongs to')
    .argument('[text]', 'part of a name, owner, hint, id or tag')
    .option('--secret', 'read a secret from standard input; in any state')
    .action(cli.run(findKey));
  withData(noun.command('show'))
    .description('show one key')
    .argument('<id>')
    .action(cli.run(showKey));
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
    .option('--reason <reason>', 'kept in the audit trail')
    .action(cli.run(revokeKey));
  withData(noun.command('disable'))
    .description('refuse a key until it is enabled again')
    .argument('<id>')
    .option('--reason <reason>', 'kept in the audit trail')
    .action(cli.run(disableKey));
  withData(noun.command('enable'))
    .description('let a disabled key work again')
    .argument('<id>')
    .option('--reason <reason>', 'kept in the audit trail')
    .action(cli.run(enableKey));
  withConsent(noun.command('delete'))
    .description('delete a revoked key; its audit trail stays')
    .argument('<id>')
    .action(cli.run(deleteKey));
}

function withFilters(command: Command): Command {
  return withPages(command)
    .option('--keyspace <keyspace>', 'name or id')
    .option('--owner <owner>', 'whose they are')
    .addOption(new Option('--state <state>', 'in this state').choices(STATES))
    .addOption(environmentOption('in this environment'))
    .option('--tag <tag>', 'with this tag');
}
