import type { Command } from 'commander';
import { isObject } from '../form.js';
import type { Config } from './config.js';
import { shownDestinations } from './destination-settings.js';
import type { Cli, Invocation } from './invocation.js';
import type { Column } from './output.js';
import { redacted } from './setting-values.js';
import { FILE_SETTINGS, SETTING_NAMES, type SettingName } from './settings.js';
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
  const rows = [...SETTING_NAMES, ...FILE_SETTINGS].map((name) => rowOf(config, name));
  if (!call.out.isJson) return void (await call.out.table(COLUMNS, rows));
  const entries = rows.map(({ name, value, origin }) => [name, { value, origin }] as const);
  await call.out.document(Object.fromEntries(entries));
}

function rowOf({ settings, originOf }: Config, name: SettingName): Row {
  return { name, value: shownOf(settings, name), origin: originOf(name).name };
}

function shownOf(settings: Config['settings'], name: SettingName): Row['value'] {
  if (name === 'destinations' || name === 'probes') {
    const options = settings[name];
    return options === null ? null : shownDestinations(options);
  }
  const value = settings[name];
  const text = isObject(value) ? JSON.stringify(value) : value; // It names credentials, and holds none.
  return typeof text === 'string' ? redacted(text) : text;
}
