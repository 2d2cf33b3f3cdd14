import { ConfigInvalidError } from '../errors.js';
import { nearest } from '../nearest.js';
import { type NoticeOptions, readNotices } from '../notice-options.js';
import { type ConfigSource, readConfigFile } from './config-source.js';
import { parseDestinations, parseProbes, parseSignIn } from './destination-settings.js';
import * as parse from './setting-values.js';
import {
  FILE_SETTINGS,
  flagOf,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  VARIABLE_PREFIX,
  variableOf,
} from './settings.js';

/** The settings, and where each came from. */
export interface Config {
  readonly settings: Settings;
  readonly originOf: (name: SettingName) => Origin;
}

/** Where a setting's value came from; of two, the one of the lower rank wins. */
interface Origin {
  readonly rank: number;
  /** `--port`, `KEYTURN_PORT`, `keyturn.config.json` or `default`. */
  readonly name: string;
}

/** What configuration is read from. */
export interface ConfigInput {
  /** The command's options, as typed. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
}

const FILE_VARIABLE = `${VARIABLE_PREFIX}CONFIG`;
const TEST_PREFIX = `${VARIABLE_PREFIX}TEST_`; // Steers Keyturn's own test suite, and no setting.
const DEFAULT_RANK = 9;

/**
 * Flag over environment over file over default; read once, checked whole.
 * @throws {ConfigInvalidError} naming every fault there is.
 */
export async function readConfig({ flags, env, folder }: ConfigInput): Promise<Config> {
  if (flags['config'] === '') throw new ConfigInvalidError('--config is empty. Name a file.');
  // Empty, the variable is not set: to run without a file is what it would be emptied for.
  const named = flags['config'] ?? (env[FILE_VARIABLE] || undefined);
  const file = await readConfigFile(folder, typeof named === 'string' ? named : undefined);
  const sources = [flagSource(flags), variableSource(env), ...(file === undefined ? [] : [file])];
  const reader = new SettingReader(sources);
  const settings = settingsFrom(reader);
  const faults = [...unknownVariables(env), ...unknownFields(file), ...reader.faults];
  if (faults.length > 0) throw new ConfigInvalidError(faults.join('\n  '));
  return { settings, originOf: (name) => reader.originOf(name) };
}

function settingsFrom(reader: SettingReader): Settings {
  return {
    database: reader.read('database', parse.databaseUrl, 'sqlite:./keyturn.db'),
    directDatabase: reader.read('directDatabase', parse.postgresUrl, null),
    epochFile: reader.read('epochFile', parse.filePath, null),
    server: reader.read('server', parse.httpUrl, null),
    keyFile: reader.read('keyFile', parse.filePath, null),
    host: reader.read('host', parse.hostName, '127.0.0.1'),
    port: reader.read('port', parse.port, 8787),
    publicUrl: reader.read('publicUrl', parse.publicUrl, null),
    basePath: reader.read('basePath', parse.basePath, ''),
    trustedHops: reader.read('trustedHops', parse.hopCount, 0),
    recording: reader.read('recording', parse.recording, 'batched'),
    faces: reader.read('faces', parse.faces, null),
    setupFile: reader.read('setupFile', parse.filePath, null),
    destinations: reader.read('destinations', parseDestinations, null),
    probes: reader.read('probes', parseProbes, null),
    notices: reader.read('notices', noticeOptions, null),
    signIn: reader.read('signIn', parseSignIn, null),
  };
}

/** How people are told. Only a file holds it. */
function noticeOptions(given: unknown): parse.Parsed<NoticeOptions> {
  if (typeof given === 'string') return { fault: 'can stand in a configuration file only.' };
  const read = readNotices(given);
  return 'options' in read ? { value: read.options } : { fault: read.faults.join(' ') };
}

class SettingReader {
  readonly faults: string[] = [];
  readonly #sources: readonly ConfigSource[];

  constructor(sources: readonly ConfigSource[]) {
    this.#sources = sources;
  }

  read<T, F extends T | null>(
    name: SettingName,
    parseValue: (given: unknown) => parse.Parsed<T>,
    fallback: F,
  ): T | F {
    const source = this.#sourceOf(name);
    if (source === undefined) return fallback;
    const given = source.values[name];
    // An empty variable is more often a deployment that forgot a value than a wish for none.
    const parsed =
      given === '' ? { fault: 'is empty. Set it, or take it out.' } : parseValue(given);
    if ('value' in parsed) return parsed.value;
    const shown = typeof given === 'string' && given !== '' ? ` "${parse.redacted(given)}"` : '';
    this.faults.push(`${source.labelOf(name)}${shown} ${parsed.fault}`);
    return fallback;
  }

  originOf(name: SettingName): Origin {
    const source = this.#sourceOf(name);
    if (source === undefined) return { rank: DEFAULT_RANK, name: 'default' };
    const isFile = source.origin.length > 0;
    return {
      rank: this.#sources.indexOf(source),
      name: isFile ? source.origin : source.labelOf(name),
    };
  }

  #sourceOf(name: SettingName): ConfigSource | undefined {
    return this.#sources.find((source) => source.values[name] !== undefined);
  }
}

function flagSource(flags: Readonly<Record<string, unknown>>): ConfigSource {
  const values = SETTING_NAMES.map((name) => [name, flags[name]] as const);
  return { origin: '', labelOf: flagOf, values: Object.fromEntries(values) };
}

function variableSource(env: NodeJS.ProcessEnv): ConfigSource {
  const values = SETTING_NAMES.map((name) => [name, env[variableOf(name)]] as const);
  return { origin: '', labelOf: variableOf, values: Object.fromEntries(values) };
}

function unknownVariables(env: NodeJS.ProcessEnv): string[] {
  const known = [...SETTING_NAMES.map(variableOf), FILE_VARIABLE];
  return Object.keys(env)
    .filter((name) => name.startsWith(VARIABLE_PREFIX) && !name.startsWith(TEST_PREFIX))
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is no setting.${suggestion(name, known)}`);
}

function unknownFields(file: ConfigSource | undefined): string[] {
  const known: readonly string[] = [...SETTING_NAMES, ...FILE_SETTINGS];
  return Object.keys(file?.values ?? {})
    .filter((name) => !known.includes(name))
    .map((name) => `${file?.origin}: "${name}" is no setting.${suggestion(name, known)}`);
}

function suggestion(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined ? ` Known are: ${known.join(', ')}.` : ` Did you mean ${meant}?`;
}
