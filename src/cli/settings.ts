import type { DestinationOptions } from '../destination-options.js';
import type { Face } from '../http/node-server.js';
import type { NoticeOptions } from '../notice-options.js';
import type { ProbeOptions } from '../probe-options.js';
import type { SignInOptions } from '../sign-in-options.js';
import type { UpkeepTarget } from '../upkeep.js';

/** Every setting of the server and the command line. */
export interface Settings {
  readonly database: string;
  readonly directDatabase: string | null;
  readonly epochFile: string | null;
  readonly server: string | null;
  readonly keyFile: string | null;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | null;
  readonly basePath: string;
  readonly trustedHops: number;
  readonly recording: 'batched' | 'write-through';
  readonly faces: readonly Face[] | null;
  readonly setupFile: string | null;
  readonly destinations: DestinationOptions | null;
  readonly probes: ProbeOptions | null;
  readonly notices: NoticeOptions | null;
  readonly signIn: SignInOptions | null;
}
export type SettingName = keyof Settings;

/** In the order in which people meet them. */
export const SETTING_NAMES: readonly SettingName[] = [
  'database',
  'directDatabase',
  'epochFile',
  'server',
  'keyFile',
  'host',
  'port',
  'publicUrl',
  'basePath',
  'trustedHops',
  'recording',
  'faces',
  'setupFile',
];

/** What no flag and no variable can say: it has parts, and widens what is reached. */
export const FILE_SETTINGS: readonly SettingName[] = [
  'destinations',
  'probes',
  'notices',
  'signIn',
];

/** Every variable of ours begins with it. */
export const VARIABLE_PREFIX = 'KEYTURN_';

/** The database that the settings name, for upkeep. */
export function databaseOf({ database, directDatabase, epochFile }: Settings): UpkeepTarget {
  return {
    database,
    directDatabase: directDatabase ?? undefined,
    epochFile: epochFile ?? undefined,
  };
}

/** `KEYTURN_DIRECT_DATABASE` for `directDatabase`. */
export function variableOf(name: SettingName): string {
  return VARIABLE_PREFIX + spelled(name, '_').toUpperCase();
}

/** `--direct-database` for `directDatabase`. */
export function flagOf(name: SettingName): string {
  return `--${spelled(name, '-')}`;
}

function spelled(name: SettingName, separator: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => separator + letter.toLowerCase());
}
