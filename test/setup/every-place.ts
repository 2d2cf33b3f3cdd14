import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import type { ConnectionSettings } from '../../src/deliver/connection.js';
import type { DestinationOptions } from '../../src/destination-options.js';
import type { DestinationInput } from '../../src/destination-views.js';
import { ACCESS_KEY_ID } from './vendors/aws.js';
import { kinds } from './vendors/kinds.js';
import type { Heard, Said, Vendor } from './vendors/vendor.js';

/** What goes wrong with a place that a secret is on its way to. Whoever fails repeats all it heard. */
export const HARMS = ['refused', 'down', 'throttled', 'cut', 'drift'] as const;
export type Harm = (typeof HARMS)[number];

/** A place of one kind: a real file or program, or a strict server. */
export interface EveryPlace extends Pick<DestinationInput, 'kind' | 'settings'> {
  hold(value: string): Promise<void>;
  held(): Promise<string | undefined>;
  /** @returns the class that is told of it; undefined: nobody can tell there. */
  harm(harm: Harm): Promise<string | undefined>;
  mend(value: string): Promise<void>;
  /** What it was sent that may hold no secret, and what is there to hold one. */
  heard(): { readonly open: string; readonly sealed: string };
  close(): Promise<void>;
}

/** One of every kind, and the configuration under which they are reached. */
export interface EveryPlaces {
  readonly places: readonly EveryPlace[];
  readonly options: DestinationOptions;
  close(): Promise<void>;
}

const OTHER = 'key_live_0therValue8cDs2JhWl5vGe3uXy6pNk9bTm0oQf';
const RELOAD = `cat "$1"; cat "$1" >&2
code=$(cat "$2" 2>/dev/null || echo 0)
[ "$code" = cut ] && kill -9 $$
exit "$code"
`;
const WRITE = `value=$(cat); echo "$value"; echo "$value" >&2
code=$(cat "$2" 2>/dev/null || echo 0)
case "$code" in
  0) printf %s "$value" > "$1" ;;
  cut) printf %s "$value" > "$1"; kill -9 $$ ;;
  *) exit "$code" ;;
esac
`;
/** sysexits.h, as docs/guides/destination-command.md has them. */
const CODES = { refused: '77', down: '70', throttled: '75', cut: 'cut' } as const;

const FILES = [
  {
    kind: 'dotenv',
    settings: { variable: 'API_KEY' },
    text: (value: string) => `# ours\nAPI_KEY=${value}\n`,
    valueIn: (text: string) => parse(text)['API_KEY'],
  },
  {
    kind: 'json',
    settings: { pointer: '/key' },
    text: (value: string) => `{ "key": "${value}" }\n`,
    valueIn: (text: string): string | undefined => JSON.parse(text).key,
  },
  {
    kind: 'yaml',
    settings: { pointer: '/key' },
    text: (value: string) => `key: ${value} # ours\n`,
    valueIn: (text: string) => /key: (\S+)/.exec(text)?.[1],
  },
] as const;

const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  webhook: {},
  kubernetes: { namespace: 'shop', secret: 'api', field: 'API_KEY' },
  vault: { mount: 'secret', path: 'apps/api', field: 'api_key' },
  aws: { secret: 'shop/api' },
  github: { repository: 'acme/api', secret: 'API_KEY' },
  gitlab: { project: 'acme/shop/api', variable: 'API_KEY', environment: 'production' },
};

export async function everyPlace(): Promise<EveryPlaces> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-every-'));
  const path = (name: string) => join(folder, name);
  await writeFile(path('reload.sh'), RELOAD);
  await writeFile(path('write.sh'), WRITE);
  await writeFile(path('aws-id'), ACCESS_KEY_ID);
  const connections: Record<string, ConnectionSettings> = {};
  const vendors: Vendor[] = [];
  for (const kind of kinds) {
    const vendor = await kind.start();
    vendors.push(vendor);
    await writeFile(path(`${kind.name}-credential`), kind.credential);
    const settings = kind.connection(vendor.url, { file: path(`${kind.name}-credential`) });
    connections[kind.name] =
      settings.kind === 'aws' ? { ...settings, accessKeyId: { file: path('aws-id') } } : settings;
  }
  const sh = '/bin/sh';
  const reloads = FILES.map(({ kind }) => [
    `reload-${kind}`,
    { reload: [sh, path('reload.sh'), path(kind), path(`${kind}-code`)] },
  ]);
  const own = {
    write: [sh, path('write.sh'), path('command'), path('command-code')],
    read: [sh, '-c', `cat ${path('command')}`],
  };
  const places = [
    ...FILES.map((file) => filePlace(file, folder)),
    commandPlace(folder),
    ...vendors.map((vendor, index) => vendorPlace(kinds[index]?.name ?? '', vendor)),
  ];
  return {
    places,
    options: {
      roots: [folder],
      hosts: ['127.0.0.1:*'],
      connections,
      commands: { own, ...Object.fromEntries(reloads) },
    },
    async close() {
      await Promise.all(places.map((place) => place.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A program fails as it is told to, and repeats what it has read on both of its outputs. */
function programOf(folder: string, name: string) {
  const say = (code: string) => writeFile(join(folder, `${name}-code`), code);
  return {
    async harm(harm: Exclude<Harm, 'drift'>) {
      await say(CODES[harm]);
      return harm === 'refused' ? 'destination_auth' : 'transient';
    },
    mend: () => say('0'),
  };
}

function filePlace(file: (typeof FILES)[number], folder: string): EveryPlace {
  const { kind } = file;
  const path = join(folder, kind);
  const program = programOf(folder, kind);
  const hold = (value: string) => writeFile(path, file.text(value));
  return {
    kind,
    settings: { path, ...file.settings, reload: `reload-${kind}` },
    hold,
    held: async () => file.valueIn(await readFile(path, 'utf8')),
    harm: (harm) => (harm === 'drift' ? hold(OTHER).then(() => harm) : program.harm(harm)),
    async mend(value) {
      await program.mend();
      const held = file.valueIn(await readFile(path, 'utf8'));
      if (held === OTHER) await hold(value);
    },
    heard: () => ({ open: '', sealed: '' }),
    close: async () => undefined,
  };
}

function commandPlace(folder: string): EveryPlace {
  const path = join(folder, 'command');
  const program = programOf(folder, 'command');
  const hold = (value: string) => writeFile(path, value);
  const held = () => readFile(path, 'utf8');
  return {
    kind: 'command',
    settings: { command: 'own' },
    hold,
    held,
    harm: (harm) => (harm === 'drift' ? hold(OTHER).then(() => harm) : program.harm(harm)),
    async mend(value) {
      await program.mend();
      if ((await held()) === OTHER) await hold(value);
    },
    heard: () => ({ open: '', sealed: '' }),
    close: async () => undefined,
  };
}

function vendorPlace(kind: string, vendor: Vendor): EveryPlace {
  return {
    kind,
    settings: { connection: kind, ...SETTINGS[kind] },
    hold: async (value) => vendor.put(value),
    held: async () => vendor.held(),
    async harm(harm) {
      if (harm === 'drift') {
        // It tells nobody what it holds: what is read just before a write is what is compared.
        if (kind === 'github') return undefined;
        vendor.put(OTHER);
        return harm;
      }
      vendor.instead = (heard, done) =>
        carries(heard) ? failing(kind, { harm, heard, done }) : done();
      return CLASSES[harm];
    },
    async mend(value) {
      vendor.instead = undefined;
      if (vendor.held() === OTHER) vendor.put(value);
    },
    heard: () => ({
      open: vendor.heard.map((one) => `${headOf(one)} ${carries(one) ? '' : one.text}`).join('\n'),
      sealed: vendor.heard.map(({ text }) => text).join('\n'),
    }),
    close: () => vendor.close(),
  };
}

const CLASSES = {
  refused: 'destination_auth',
  down: 'transient',
  throttled: 'throttled',
  cut: 'transient',
} as const;

/** Whether a request may have a secret in its body. */
function carries({ method, headers, json }: Heard): boolean {
  const target = headers['x-amz-target'];
  if (target !== undefined) return target === 'secretsmanager.PutSecretValue';
  return method !== 'GET' && json['type'] !== 'secret.read';
}

function headOf({ method, path, query, headers }: Heard): string {
  const { authorization: _its, ...others } = headers;
  return JSON.stringify([method, path, query.toString(), others]);
}

const REFUSALS = {
  refused: { status: 401, type: 'AccessDeniedException' },
  down: { status: 500, type: 'InternalServiceError' },
  throttled: { status: 429, type: 'ThrottlingException' },
} as const;

function failing(
  kind: string,
  { harm, heard, done }: { harm: Exclude<Harm, 'drift'>; heard: Heard; done: () => Said },
): Said | undefined {
  if (harm === 'cut') {
    done();
    return undefined;
  }
  const { status, type } = REFUSALS[harm];
  const all = `${heard.text} ${JSON.stringify(heard.headers)}`;
  return {
    status: kind === 'aws' && harm !== 'down' ? 400 : status,
    headers: { 'retry-after': '2', 'x-heard': encodeURIComponent(heard.text) },
    body: { __type: type, message: all, error: all, errors: [all], ...heard.json },
  };
}
