import { type Command, Option } from 'commander';

/** Gathers an option that may be given several times. */
function collected(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? before.map(String) : []), value];
}

/** `--scope A --scope B`. */
export function repeated(flags: string, description: string): Option {
  return new Option(flags, `${description} (may be repeated)`).argParser(collected);
}

/** What every command takes; it may stand before or after the command. */
export function withGlobals(program: Command): Command {
  return program
    .option('--json', 'print one JSON document, as the HTTP API does')
    .option('--config <file>', 'the configuration file (default: keyturn.config.{mjs,js,json})');
}

/** What every command that reads or changes data takes. */
export function withData(command: Command): Command {
  return withDatabase(command)
    .option('--server <url>', 'a running Keyturn, instead of a database')
    .option('--key-file <file>', 'holds the management key for --server')
    .option('--insecure', 'send the key over http: to another machine, where others can read it');
}

/** What every list takes. */
export function withPages(command: Command): Command {
  return withData(command)
    .option('--limit <count>', 'how many, at most 200 (default: 50)')
    .option('--cursor <cursor>', 'where the page before ended')
    .option('--all', 'all pages');
}

/** Of what stands in a keyspace, by a name that is its own there. */
export function withKeyspace(command: Command): Command {
  return command.option('--keyspace <keyspace>', 'name or id (default: default)');
}

/** What everything takes that cannot be undone. */
export function withConsent(command: Command): Command {
  return withData(command)
    .option('--yes', 'do it without asking')
    .option('--dry-run', 'say what would happen, and change nothing');
}

/** What everything takes that must not overwrite another's change, or happen twice. */
export function withVersion(command: Command): Command {
  return withData(command).option('--if-match <version>', 'only if nobody has changed it since');
}

/** `--env live|test`. */
export function environmentOption(description: string): Option {
  return new Option('--env <environment>', description).choices(['live', 'test']);
}

/** Which database, and nothing else. */
export function withDatabase(command: Command): Command {
  return command
    .option('--database <url>', 'sqlite:./keyturn.db, postgres://… (default: sqlite:./keyturn.db)')
    .option('--direct-database <url>', 'PostgreSQL behind a pooler: where LISTEN works')
    .option('--epoch-file <file>', 'remembers the last change (default: beside a SQLite file)');
}

/** Every setting of a server. */
export function withServing(command: Command): Command {
  return withDatabase(command)
    .option('--host <host>', 'where to listen (default: 127.0.0.1)')
    .option('--port <port>', 'where to listen (default: 8787)')
    .option('--public-url <url>', 'what links begin with: https://keys.example.com')
    .option('--base-path <path>', 'what every path begins with: /keyturn')
    .option('--trusted-hops <count>', 'how many proxies in front may be believed (default: 0)')
    .option('--recording <when>', 'how uses are counted: batched (the default) or write-through')
    .option('--faces <faces>', 'serve only these, for a public port: verify,authorize')
    .option('--setup-file <file>', 'write the set-up link to this file with mode 0600 instead');
}
