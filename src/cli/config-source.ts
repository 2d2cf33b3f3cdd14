import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigInvalidError } from '../errors.js';
import type { SettingName } from './settings.js';

/** Where a setting may be given: the first that gives it wins. */
export interface ConfigSource {
  /** How people call it: `--port`, `KEYTURN_PORT`, `keyturn.config.json: "port"`. */
  readonly labelOf: (name: SettingName) => string;
  readonly origin: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const FILE_NAMES = [
  'keyturn.config.mjs',
  'keyturn.config.js',
  'keyturn.config.json',
  'keyturn.config.ts',
];

/**
 * The one configuration file: the one named, or the one in the folder.
 * @throws {ConfigInvalidError} it is missing, cannot be read, or is not the only one.
 */
export async function readConfigFile(
  folder: string,
  named: string | undefined,
): Promise<ConfigSource | undefined> {
  const name = named ?? onlyFileIn(folder);
  if (name === undefined) return undefined;
  const path = resolve(folder, name);
  if (!existsSync(path)) {
    throw new ConfigInvalidError(`${name} does not exist. Name another with --config FILE.`);
  }
  const content = name.endsWith('.json') ? readJson(path, name) : await importFile(path, name);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigInvalidError(`${name} does not hold an object of settings.`);
  }
  const values = Object.fromEntries(Object.entries(content));
  return { origin: name, labelOf: (setting) => `${name}: "${setting}"`, values };
}

function onlyFileIn(folder: string): string | undefined {
  const present = FILE_NAMES.filter((name) => existsSync(resolve(folder, name)));
  if (present.length <= 1) return present[0];
  throw new ConfigInvalidError(
    `There are ${present.length} configuration files: ${present.join(', ')}. Keep one of them.`,
  );
}

function readJson(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (fault) {
    // Only the place is told: the parser's own message quotes the text, with passwords in it.
    const isSyntax = fault instanceof SyntaxError;
    const place = isSyntax ? /position \d+/.exec(fault.message)?.[0] : undefined;
    const where = place === undefined ? '' : ` (at ${place})`;
    const reason = isSyntax
      ? `is no valid JSON${where}.`
      : 'cannot be read. Check its permissions.';
    throw new ConfigInvalidError(`${name} ${reason}`, { cause: fault });
  }
}

async function importFile(path: string, name: string): Promise<unknown> {
  try {
    const module: unknown = await import(pathToFileURL(path).href);
    return typeof module === 'object' && module !== null && 'default' in module
      ? module.default
      : undefined;
  } catch (fault) {
    const hint = name.endsWith('.ts') ? ' A .ts file needs a Node that strips types.' : '';
    const reason = fault instanceof Error ? fault.message : 'unknown fault';
    throw new ConfigInvalidError(`${name} cannot be loaded: ${reason}.${hint}`, { cause: fault });
  }
}
