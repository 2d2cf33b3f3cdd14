import { ConfigInvalidError, type FieldFault } from '../errors.js';
import {
  escaped,
  type Form,
  faultsIn,
  isObject,
  objectOf,
  oneOf,
  required,
  text,
} from '../form.js';
import { Plaintext } from '../keys/plaintext.js';
import { nearest } from '../nearest.js';
import type { DeliveryFailure } from './destination.js';

const MAX_CREDENTIAL_LENGTH = 16_384; // A service account's token has 1 to 2 kB.

/**
 * Where a credential stands. It is read at each use, so that it can be replaced while Keyturn runs.
 * @public
 */
export type Credential = { readonly env: string } | { readonly file: string };

interface Site {
  readonly url: string;
  /** A file of certificates (PEM) that are trusted instead of the platform's own. */
  readonly ca?: string;
}

interface WithToken extends Site {
  readonly token: Credential;
}

interface WithAddress {
  readonly address: Credential;
}

interface FieldsByKind {
  readonly webhook: Site & { readonly secret: Credential };
  readonly kubernetes: WithToken;
  readonly github: WithToken;
  readonly gitlab: WithToken;
  readonly vault: WithToken & { readonly namespace?: string };
  readonly aws: Partial<Site> & {
    readonly region: string;
    /** None of them: the SDK's own chain (a role, an instance's profile). */
    readonly accessKeyId?: Credential;
    readonly secretAccessKey?: Credential;
    readonly sessionToken?: Credential;
  };
  /** Of channels: where people are told. The address is the credential. */
  readonly slack: WithAddress;
  readonly teams: WithAddress;
  readonly discord: WithAddress;
  readonly pagerduty: { readonly routingKey: Credential; readonly region?: 'us' | 'eu' };
  readonly 'notice-webhook': WithAddress & {
    readonly secret: Credential;
    /** While the other side still checks by it: each request is signed with both. */
    readonly previousSecret?: Credential;
  };
}

type Kind = keyof FieldsByKind;

type OfKind<K extends Kind> = { readonly kind: K } & FieldsByKind[K];

/**
 * A machine that destinations may write to, and as whom: by the operator's configuration alone.
 * @public
 */
export type ConnectionSettings = { readonly [K in Kind]: OfKind<K> }[Kind];

/**
 * One of them, and its name.
 */
export type Connection<K extends Kind> = OfKind<K> & { readonly name: string };

const url: Form = {
  wanted: 'a URL like "https://vault.internal:8200"',
  fits: (value) => typeof value === 'string' && /^https?:\/\/./.test(value) && URL.canParse(value),
};

/**
 * What names a credential.
 * @public
 */
export const credential: Form = {
  wanted: '{ "env": NAME } or { "file": PATH }',
  fits: (value) =>
    isObject(value) &&
    Object.entries(value).length === 1 &&
    Object.entries(value).every(
      ([where, what]) =>
        (where === 'env' || where === 'file') && typeof what === 'string' && what !== '',
    ),
};

const site = { url: required(url), ca: text };
const withToken = { ...site, token: required(credential) };
const aws = {
  ...site,
  url,
  region: required(text),
  accessKeyId: credential,
  secretAccessKey: credential,
  sessionToken: credential,
};

const fieldsByKind: Readonly<Record<Kind, Readonly<Record<string, Form>>>> = {
  webhook: { ...site, secret: required(credential) },
  kubernetes: withToken,
  github: withToken,
  gitlab: withToken,
  vault: { ...withToken, namespace: text },
  aws,
  slack: { address: required(credential) },
  teams: { address: required(credential) },
  discord: { address: required(credential) },
  pagerduty: { routingKey: required(credential), region: oneOf('us', 'eu') },
  'notice-webhook': {
    address: required(credential),
    secret: required(credential),
    previousSecret: credential,
  },
};

/**
 * What is wrong with `destinations.connections` of the configuration, by pointer within it.
 * @public
 */
export function connectionFaults(value: unknown): readonly FieldFault[] {
  if (!isObject(value)) {
    const fix = 'Write { "vault-prod": { "kind": "vault", … } }.';
    return [{ pointer: '', message: 'is not an object of connections by name.', fix }];
  }
  return Object.entries(value).flatMap(([name, one]) =>
    faultsOfOne(one).map((fault) => ({ ...fault, pointer: `/${escaped(name)}${fault.pointer}` })),
  );
}

function faultsOfOne(value: unknown): readonly FieldFault[] {
  const kind: unknown = isObject(value) ? Reflect.get(value, 'kind') : undefined;
  const kinds = Object.keys(fieldsByKind);
  const fields = isKind(kind) ? fieldsByKind[kind] : undefined;
  if (fields !== undefined) {
    const form = objectOf(
      { kind: text, ...fields },
      { fieldIs: `a field of a ${kind} connection` },
    );
    return [...faultsIn([form, value]), ...halfCredentials(value)];
  }
  const fix = `Write one of: ${kinds.join(', ')}.`;
  return [{ pointer: '/kind', message: 'is no kind of connection.', fix }];
}

/** An id without its key would be left out, and the SDK would take whatever else it finds. */
function halfCredentials(value: unknown): readonly FieldFault[] {
  const names = ['accessKeyId', 'secretAccessKey'];
  const given = names.filter((name) => isObject(value) && Object.hasOwn(value, name));
  if (given.length !== 1) return [];
  const [missing = ''] = names.filter((name) => !given.includes(name));
  return [{ pointer: `/${missing}`, message: 'is missing.', fix: 'Name both of them, or none.' }];
}

function isKind(value: unknown): value is Kind {
  return typeof value === 'string' && Object.hasOwn(fieldsByKind, value);
}

interface Sources {
  readonly connections: Readonly<Record<string, ConnectionSettings>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => Promise<string>;
}

/**
 * The operator's connections, and the only way to their credentials.
 * @public
 */
export class Connections {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** @throws {ConfigInvalidError} the configuration has none of this name and kind. */
  get<K extends Kind>(name: string, kind: K): Connection<K> {
    const { connections } = this.#sources;
    const found = Object.hasOwn(connections, name) ? connections[name] : undefined;
    if (found !== undefined && isOfKind(found, kind)) return { ...found, name };
    const usable = Object.keys(connections).filter((one) => connections[one]?.kind === kind);
    const meant = nearest(name, usable);
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    throw new ConfigInvalidError(
      `The server's configuration has no ${kind} connection of this name.${hint} ` +
        'Add it to "destinations.connections", or name one that is there.',
    );
  }

  /** Reads a credential now. `of` is how messages call the connection. */
  async read(what: Credential, of: string): Promise<Plaintext | DeliveryFailure> {
    if ('env' in what) {
      const { env } = this.#sources;
      const value = Object.hasOwn(env, what.env) ? env[what.env] : undefined;
      if (value !== undefined && value !== '') return new Plaintext(value);
      return unusable(`Connection "${of}": the environment variable ${what.env} is not set.`);
    }
    const value = (await this.file(what.file))?.trim();
    if (value === undefined || value === '' || value.length > MAX_CREDENTIAL_LENGTH) {
      return unusable(`Connection "${of}": ${what.file} cannot be read, or holds no credential.`);
    }
    return new Plaintext(value);
  }

  /** What a file holds that is no secret: certificates. Undefined: it cannot be read. */
  async file(path: string): Promise<string | undefined> {
    return this.#sources.readFile(path).catch(() => undefined);
  }
}

function isOfKind<K extends Kind>(found: object, kind: K): found is OfKind<K> {
  return Reflect.get(found, 'kind') === kind;
}

function unusable(message: string): DeliveryFailure {
  return { kind: 'failed', class: 'destination_auth', message };
}
