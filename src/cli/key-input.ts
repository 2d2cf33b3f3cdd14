import { readFileSync } from 'node:fs';
import { parseJson } from '../http/body.js';
import type { KeyInput, KeyPatch } from '../views.js';
import { UsageFault } from './fault.js';
import { given } from './given.js';
import type { Options } from './invocation.js';

type Restrictions = NonNullable<KeyInput['restrictions']>;
type Metadata = NonNullable<KeyInput['metadata']>;

/** The key that the options of `key create` describe. */
export function keyInputFrom(options: Options): KeyInput {
  const environment = options.text('env');
  return {
    name: options.required('name'),
    keyspace: options.text('keyspace'),
    owner: options.text('owner'),
    ...(environment === 'live' || environment === 'test' ? { environment } : {}),
    scopes: options.texts('scope'),
    tags: options.texts('tag'),
    expiresAt: options.text('expires'),
    notBefore: options.text('notBefore'),
    policy: options.text('policy'),
    metadata: metadataFrom(options),
    restrictions: restrictionsFrom(options, {}),
  };
}

/** What the options of `key update` change; `before` is what stays of the restrictions. */
export function keyPatchFrom(options: Options, before: Restrictions): KeyPatch {
  const name = options.text('name');
  const patch: KeyPatch = {
    ...(name === undefined ? {} : { name }),
    owner: options.textOrNull('owner'),
    scopes: options.texts('scope'),
    tags: options.texts('tag'),
    expiresAt: options.textOrNull('expires'),
    notBefore: options.textOrNull('notBefore'),
    policy: options.textOrNull('policy'),
    metadata: metadataFrom(options),
    restrictions: restrictionsFrom(options, before),
  };
  return given(patch);
}

const RESTRICTION_OPTIONS = [
  ['addresses', 'address'],
  ['origins', 'origin'],
  ['methods', 'method'],
  ['paths', 'path'],
  ['keyspaces', 'onlyKeyspace'],
] as const;

/** Whether the options change any restriction. */
export function hasRestrictions(options: Options): boolean {
  return RESTRICTION_OPTIONS.some(([, option]) => options.texts(option) !== undefined);
}

function restrictionsFrom(options: Options, before: Restrictions): Restrictions | undefined {
  if (!hasRestrictions(options)) return undefined;
  const lists = RESTRICTION_OPTIONS.map(([field, option]) => {
    return [field, options.texts(option) ?? before[field]] as const;
  });
  // An empty list was asked for with `--no-…`: the restriction goes away.
  return Object.fromEntries(lists.filter(([, list]) => list !== undefined && list.length > 0));
}

function metadataFrom(options: Options): Metadata | undefined {
  const text = options.text('metadata');
  if (text === undefined) return undefined;
  const json = text.startsWith('@') ? fileText(text.slice(1)) : text;
  const metadata = jsonIn(json);
  parseJson(Buffer.from(`{"metadata":${json}}`)); // Refuses for a database what the HTTP API does.
  return metadata;
}

function jsonIn(json: string): Metadata {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new UsageFault(
      '--metadata is no valid JSON. Write an object, or @FILE to read it from.',
      {
        cause,
      },
    );
  }
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (fault) {
    throw new UsageFault(`--metadata: ${path} cannot be read.`, { cause: fault });
  }
}
