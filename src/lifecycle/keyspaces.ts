import {
  type FieldFault,
  ForbiddenError,
  StateConflictError,
  UnprocessableError,
} from '../errors.js';
import { formatDuration, formatTime, parseDuration } from '../keys/duration.js';
import { scannerPattern } from '../keys/format.js';
import { newKeyspaceId } from '../keys/id.js';
import {
  type CredentialForms,
  DEFAULT_CREDENTIALS,
  DEFAULT_STALENESS_MS,
  isKeyspaceName,
  isPrefix,
  type KeyspaceRecord,
  MAX_STALENESS_MS,
  MAX_STORE_LOSS_MS,
  MIN_STALENESS_MS,
} from '../keys/keyspace.js';
import type { JsonValue } from '../keys/metadata.js';
import { isScope } from '../keys/scopes.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type { Keyspace, KeyspaceInput, KeyspacePatch, List, PageQuery } from '../views.js';
import { perform } from './change.js';
import { requireVersion } from './change-key.js';
import { type Act, keyspaceOf, visibleKeyspaces } from './context.js';
import { recordFact } from './key-events.js';
import { badCursor, limitOf, listOf, pageAt, pageOf } from './list.js';
import { requireScope } from './rights.js';

const MAX_FORMS = 10;
const TOKEN = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/; // RFC 9110 §5.6.2, in lower case.

/** @throws {AlreadyExistsError} the name or the prefix is taken. */
export async function createKeyspace(
  act: Act,
  input: KeyspaceInput,
  options: WriteOptions,
): Promise<Keyspace> {
  requireScope(act.rights, 'keyspaces:write');
  if (act.rights.within !== 'all') {
    throw new ForbiddenError('A management key bound to keyspaces cannot make another keyspace.');
  }
  const call = { operation: 'keyspace.create', input, ...options };
  const performed = await perform(act, call, async () => {
    const { write, event } = draftKeyspace(act, input, { isManagement: false, scopes: null });
    const change = { writes: [write], events: [event], personal: [] };
    return { change, answer: viewKeyspace(write.keyspace) };
  });
  return performed.answer;
}

/** The write and the event of a new keyspace. */
export function draftKeyspace(
  act: Act,
  input: KeyspaceInput,
  kind: Pick<KeyspaceRecord, 'isManagement' | 'scopes'>,
) {
  const { nowMs, ports } = act.lifecycle;
  const now = nowMs();
  const faults = namingFaults(input);
  const blank: KeyspaceRecord = {
    ...kind,
    id: newKeyspaceId({ nowMs: now, random: ports.random }),
    name: input.name,
    prefix: input.prefix,
    credentials: DEFAULT_CREDENTIALS,
    stalenessMs: DEFAULT_STALENESS_MS,
    storeLossMs: 0,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  const keyspace = patched(blank, input, faults);
  const { event } = recordFact(act, {
    type: 'keyspace.created',
    keyspaceId: keyspace.id,
    subject: { kind: 'keyspace', id: keyspace.id },
    before: {},
    after: factsOf(keyspace),
  });
  return { write: { kind: 'insert_keyspace', keyspace } as const, event };
}

/** @throws {NotFoundError} no keyspace the caller may see has this name or id. */
export async function getKeyspace(act: Act, nameOrId: string): Promise<Keyspace> {
  requireScope(act.rights, 'keyspaces:read');
  return viewKeyspace(await keyspaceOf(act, nameOrId));
}

/** Keyspaces by name. */
export function listKeyspaces(open: () => Promise<Act>, query: PageQuery): List<Keyspace> {
  return listOf(async (next) => {
    const act = await open();
    const { cursor } = pageAt(query, next);
    requireScope(act.rights, 'keyspaces:read');
    const limit = limitOf(query);
    if (cursor !== undefined && !isKeyspaceName(cursor)) throw badCursor();
    const visible = await visibleKeyspaces(act);
    const rows = visible.filter(({ name }) => cursor === undefined || name > cursor);
    return pageOf(rows, limit, { item: viewKeyspace, cursor: ({ name }) => name });
  });
}

/** @throws {StateConflictError} it is the management keyspace, and the field is fixed there. */
export async function updateKeyspace(
  act: Act,
  nameOrId: string,
  edit: { readonly patch: KeyspacePatch; readonly options: UpdateOptions },
): Promise<Keyspace> {
  requireScope(act.rights, 'keyspaces:write');
  const { patch, options } = edit;
  const call = { operation: `keyspace.update ${nameOrId}`, input: patch, ...options };
  const performed = await perform(act, call, async () => {
    const before = await keyspaceOf(act, nameOrId);
    requireVersion(before, options.ifMatch);
    if (before.isManagement) refuseFixed(patch);
    const edited = patched(before, patch, []);
    const { event } = recordFact(act, {
      type: 'keyspace.updated',
      keyspaceId: before.id,
      subject: { kind: 'keyspace', id: before.id },
      before: factsOf(before),
      after: factsOf(edited),
    });
    if (event.changes.length === 0) return { answer: viewKeyspace(before) };
    const updatedAt = act.lifecycle.nowMs();
    const keyspace = { ...edited, updatedAt, version: before.version + 1 };
    const write = { kind: 'update_keyspace', keyspace, expectedVersion: before.version } as const;
    return {
      change: { writes: [write], events: [event], personal: [] },
      answer: viewKeyspace(keyspace),
    };
  });
  return performed.answer;
}

/** Whoever could change these could lock everybody out, or let root keys travel in URLs. */
function refuseFixed({ scopes, credentials }: KeyspacePatch): void {
  const field = scopes === undefined ? 'credentials' : 'scopes';
  if (scopes === undefined && credentials === undefined) return;
  throw new StateConflictError(
    `The ${field} of the management keyspace are fixed: its keys open Keyturn's own API. ` +
      `Leave "${field}" out.`,
  );
}

/** A keyspace as the three faces show it. */
function viewKeyspace(keyspace: KeyspaceRecord): Keyspace {
  const { stalenessMs, storeLossMs, createdAt, updatedAt, ...shown } = keyspace;
  return {
    ...shown,
    staleness: formatDuration(stalenessMs),
    storeLoss: formatDuration(storeLossMs),
    pattern: scannerPattern(keyspace.prefix),
    createdAt: formatTime(createdAt),
    updatedAt: formatTime(updatedAt),
  };
}

function namingFaults(input: KeyspaceInput): FieldFault[] {
  const faults: FieldFault[] = [];
  if (!isKeyspaceName(input.name)) {
    const fix = 'Use 1 to 63 of a-z 0-9 -, beginning with a letter.';
    faults.push({ pointer: '/name', message: 'is no name of a keyspace.', fix });
  }
  if (!isPrefix(input.prefix)) {
    const fix = 'Use 2 to 16 of a-z 0-9, beginning with a letter.';
    faults.push({ pointer: '/prefix', message: 'is no prefix.', fix });
  }
  return faults;
}

/** @throws {UnprocessableError} every field that cannot be, together. */
function patched(
  before: KeyspaceRecord,
  patch: KeyspacePatch,
  faults: FieldFault[],
): KeyspaceRecord {
  const { staleness, storeLoss, scopes } = patch;
  const keyspace: KeyspaceRecord = {
    ...before,
    credentials: readForms({ ...before.credentials, ...patch.credentials }, faults),
    scopes: scopes === undefined ? before.scopes : readVocabulary(scopes, faults),
    stalenessMs:
      staleness === undefined
        ? before.stalenessMs
        : readBound(faults, {
            pointer: '/staleness',
            text: staleness,
            bounds: [MIN_STALENESS_MS, MAX_STALENESS_MS],
          }),
    storeLossMs:
      storeLoss === undefined
        ? before.storeLossMs
        : readBound(faults, {
            pointer: '/storeLoss',
            text: storeLoss,
            bounds: [0, MAX_STORE_LOSS_MS],
          }),
  };
  if (faults.length > 0) throw new UnprocessableError(faults);
  return keyspace;
}

function readForms(forms: CredentialForms, faults: FieldFault[]): CredentialForms {
  const headers = forms.headers.map((name) => name.toLowerCase());
  const schemes = forms.schemes.map((name) => name.toLowerCase());
  const all = [...headers, ...schemes];
  const fix = 'Use names of headers and schemes, at most ten.';
  if (all.length > MAX_FORMS || !all.every((name) => TOKEN.test(name))) {
    faults.push({ pointer: '/credentials', message: 'has a name that cannot be.', fix });
  }
  if (all.length === 0) {
    faults.push({ pointer: '/credentials', message: 'leaves no place for a key.', fix });
  }
  if (headers.some((name) => name === 'authorization' || name === 'cookie')) {
    const instead = 'Name a scheme in "schemes" instead.';
    faults.push({
      pointer: '/credentials/headers',
      message: 'names a header of others.',
      fix: instead,
    });
  }
  return { headers, schemes, query: forms.query };
}

function readVocabulary(scopes: readonly string[] | null, faults: FieldFault[]) {
  if (scopes === null) return null;
  for (const [index, scope] of scopes.entries()) {
    if (isScope(scope) && !scope.includes('*')) continue;
    const fix = 'Write each as resource:action, without a wildcard.';
    faults.push({ pointer: `/scopes/${index}`, message: 'is no plain scope.', fix });
  }
  return [...new Set(scopes)].toSorted();
}

function readBound(
  faults: FieldFault[],
  said: {
    readonly pointer: string;
    readonly text: string;
    readonly bounds: readonly [number, number];
  },
): number {
  const durationMs = parseDuration(said.text);
  const [least, most] = said.bounds;
  if (durationMs !== undefined && durationMs >= least && durationMs <= most) return durationMs;
  const fix = `Use ${formatDuration(least)} to ${formatDuration(most)}.`;
  faults.push({ pointer: said.pointer, message: 'is no duration in its bounds.', fix });
  return least;
}

function factsOf(keyspace: KeyspaceRecord): Record<string, JsonValue> {
  const { name, prefix, isManagement, scopes, credentials } = keyspace;
  const { headers, schemes, query } = credentials;
  return {
    name,
    prefix,
    isManagement,
    scopes,
    credentials: { headers, schemes, query },
    staleness: formatDuration(keyspace.stalenessMs),
    storeLoss: formatDuration(keyspace.storeLossMs),
  };
}
