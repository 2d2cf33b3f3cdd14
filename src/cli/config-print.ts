import type { Command } from 'commander';
import type { Config } from './config.js';
import type { Cli, Invocation } from './invocation.js';
import type { Column } from './output.js';
import { redacted } from './setting-values.js';
import { SETTING_NAMES, type SettingName } from './settings.js';
import { withServing } from './shared-options.js';

interface Row {
  readonly name: SettingName;
  readonly value: string | number | readonly string[] | null;
  readonly origin: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'SETTING', value: (row) => row.name },
  { title: 'VALUE', value: (row) => String(row.value ?? '') },
  { title: 'FROM', value: (row) => row.origin },
];

/** `keyturn config …` */
export function defineConfig(noun: Command, cli: Cli): void {
  withServing(noun.command('print'))
    .description('show every setting, its value and where it comes from')
    .option('--server <url>', 'a running Keyturn, instead of a database')
    .option('--key-file <file>', 'holds the management key for --server')
    .action(cli.run(printConfig));
}

async function printConfig(call: Invocation): Promise<undefined> {
  const config = await call.config();
  const rows = SETTING_NAMES.map((name) => rowOf(config, name));
  if (!call.out.isJson) return void (await call.out.table(COLUMNS, rows));
  const entries = rows.map(({ name, value, origin }) => [name, { value, origin }] as const);
  await call.out.document(Object.fromEntries(entries));
}

function rowOf({ settings, originOf }: Config, name: SettingName): Row {
  const value = settings[name];
  const shown = typeof value === 'string' ? redacted(value) : value;
  return { name, value: shown, origin: originOf(name).name };
}
