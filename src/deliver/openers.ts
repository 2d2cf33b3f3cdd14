import type { DestinationOptions } from '../destination-options.js';
import { ConfigInvalidError, KeyturnError, StoreCorruptError } from '../errors.js';
import { faultsIn, isObject, required } from '../form.js';
import { nearest } from '../nearest.js';
import { type Clock, environment } from '../ports.js';
import { Connections } from './connection.js';
import type { DestinationKind } from './destination.js';
import { type DestinationOpener, SettingsRefusedError, UnknownKindError } from './opener.js';
import type { DestinationOutside } from './outside.js';
import type { OWN_KINDS } from './own-kinds.js';

type Kind = DestinationKind<object, DestinationOutside>;

/** Each is read when it is asked for: most installations have two of them. */
const KINDS: Readonly<Record<(typeof OWN_KINDS)[number], () => Promise<Kind>>> = {
  dotenv: async () => (await import('./dotenv-file.js')).dotenvFile,
  json: async () => (await import('./json-file.js')).jsonFile,
  yaml: async () => (await import('./yaml-file.js')).yamlFile,
  command: async () => (await import('./command.js')).command,
  webhook: async () => (await import('./webhook.js')).webhook,
  kubernetes: async () => (await import('./kubernetes-secret.js')).kubernetesSecret,
  vault: async () => (await import('./vault-kv.js')).vaultKv,
  aws: async () => (await import('./aws-secrets-manager.js')).awsSecretsManager,
  github: async () => (await import('./github-actions-secret.js')).githubActionsSecret,
  gitlab: async () => (await import('./gitlab-variable.js')).gitlabVariable,
};

/**
 * Opens what the configuration allows, on the machine itself.
 * @param options without faults, as `destinationFaults` finds them. Absent: nothing may be reached.
 * @public
 */
export function openerOf(options: DestinationOptions = {}, clock: Clock): DestinationOpener {
  let outside: Promise<DestinationOutside> | undefined;
  return {
    async open({ keyId, kind: name, settings }) {
      const kind = await kindOf(name, options);
      const told = settingsIn(settings);
      const faults = await opened(() => faultsIn([required(kind.settings), told]));
      if (faults.length > 0 || !isObject(told)) throw new SettingsRefusedError(faults);
      outside ??= outsideOf(options, clock);
      const reached = await outside;
      return opened(() => kind.open(told, reached, keyId));
    },
  };
}

/** @throws {StoreCorruptError} its row is damaged: they were JSON when they were written. */
function settingsIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StoreCorruptError(
      'Its settings are damaged JSON. Say all of them anew with destination update, or restore the database from a backup.',
      { cause },
    );
  }
}

/**
 * A kind of the operator's own knows no error of ours: what it throws says what it does not allow. It
 * may read its settings further, and a parser that stumbles over them quotes them.
 */
async function opened<T>(open: () => T | Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof KeyturnError || !(error instanceof Error)) throw error;
    const message = error instanceof SyntaxError ? UNREADABLE : error.message;
    throw new ConfigInvalidError(message, { cause: error });
  }
}

const UNREADABLE =
  'Its kind cannot read its settings: they are damaged. Say all of them anew with destination update.';

async function kindOf(name: string, { kinds = [] }: DestinationOptions): Promise<Kind> {
  const made = kinds.find(({ kind }) => kind === name);
  if (made !== undefined) return made;
  if (isOwn(name)) return KINDS[name]();
  const known = [...Object.keys(KINDS), ...kinds.map(({ kind }) => kind)];
  const meant = nearest(name, known);
  const hint = meant === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
  throw new UnknownKindError(`There is no kind of destination of this name. ${hint}`);
}

function isOwn(name: string): name is keyof typeof KINDS {
  return Object.hasOwn(KINDS, name);
}

/**
 * What touches the machine is read, and made, only once there is a destination.
 * @public
 */
export async function outsideOf(
  options: DestinationOptions,
  clock: Clock,
): Promise<DestinationOutside> {
  const { roots = [], hosts = [], commands = {}, connections = {} } = options;
  const [{ systemFiles }, { systemProcesses }, { openNetwork }, { readFile }] = await Promise.all([
    import('../outside/files.js'),
    import('../outside/processes.js'),
    import('../outside/network.js'),
    import('node:fs/promises'),
  ]);
  return {
    clock,
    commands,
    connections: new Connections({
      connections,
      env: environment(),
      readFile: (path) => readFile(path, 'utf8'),
    }),
    files: systemFiles(roots),
    network: openNetwork({ hosts }),
    processes: systemProcesses(),
  };
}
