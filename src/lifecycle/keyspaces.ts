import { ForbiddenError, StateConflictError } from '../errors.js';
import { formatDuration, formatTime } from '../keys/duration.js';
import { scannerPattern } from '../keys/format.js';
import { newKeyspaceId } from '../keys/id.js';
import {
  DEFAULT_CREDENTIALS,
  DEFAULT_STALENESS_MS,
  isKeyspaceName,
  type KeyspaceRecord,
  NO_BRANDING,
} from '../keys/keyspace.js';
import type { JsonValue } from '../keys/metadata.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type {
  Keyspace,
  KeyspaceInput,
  KeyspacePatch,
  List,
  PageQuery,
  Replayable,
} from '../views.js';
import { perform, replayable } from './change.js';
import { requireVersion } from './change-key.js';
import { type Act, keyspaceOf, visibleKeyspaces } from './context.js';
import { recordFact } from './key-events.js';
import { namingFaults, patched } from './keyspace-input.js';
import { badCursor, limitOf, listOf, pageAt, pageOf } from './list.js';
import { requireScope } from './rights.js';

/** @throws {AlreadyExistsError} the name or the prefix is taken. */
export async function createKeyspace(
  act: Act,
  input: KeyspaceInput,
  options: WriteOptions,
): Promise<Replayable<Keyspace>> {
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
  return replayable(performed);
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
    refusal: 'problem',
    stalenessMs: DEFAULT_STALENESS_MS,
    storeLossMs: 0,
    foreignShapes: [],
    branding: NO_BRANDING,
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
  const logo = input.branding?.logo;
  return { write: { kind: 'insert_keyspace', keyspace, logo } as const, event };
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
): Promise<Replayable<Keyspace>> {
  requireScope(act.rights, 'keyspaces:write');
  const { patch, options } = edit;
  const call = { operation: `keyspace.update ${nameOrId}`, input: patch, ...options };
  const performed = await perform(act, call, async () => {
    const before = await keyspaceOf(act, nameOrId);
    requireVersion(before, options.ifMatch);
    if (before.isManagement) refuseFixed(patch);
    const planned = planKeyspace(act, before, patched(before, patch, []));
    if (planned === undefined) return { answer: viewKeyspace(before) };
    const { event } = planned;
    const write = { ...planned.write, logo: patch.branding?.logo };
    return {
      change: { writes: [write], events: [event], personal: [] },
      answer: viewKeyspace(write.keyspace),
    };
  });
  return replayable(performed);
}

/** The guarded update of a keyspace and its event; undefined if nothing would change. */
export function planKeyspace(act: Act, before: KeyspaceRecord, edited: KeyspaceRecord) {
  const { event } = recordFact(act, {
    type: 'keyspace.updated',
    keyspaceId: before.id,
    subject: { kind: 'keyspace', id: before.id },
    before: factsOf(before),
    after: factsOf(edited),
  });
  if (event.changes.length === 0) return undefined;
  const updatedAt = act.lifecycle.nowMs();
  const keyspace = { ...edited, updatedAt, version: before.version + 1 };
  const write = { kind: 'update_keyspace', keyspace, expectedVersion: before.version } as const;
  return { write, event };
}

/** Whoever could change these could lock everybody out, or let root keys travel in URLs. */
function refuseFixed({ scopes, credentials, refusal, foreignShapes }: KeyspacePatch): void {
  const fixed = Object.entries({ scopes, credentials, refusal, foreignShapes });
  const field = fixed.find(([, said]) => said !== undefined)?.[0];
  if (field === undefined) return;
  throw new StateConflictError(
    `The ${field} of the management keyspace are fixed: its keys open Keyturn's own API. ` +
      'Nothing was changed. Ask for the other changes alone.',
  );
}

/** A keyspace as the three faces show it, in the order of the HTTP API. */
function viewKeyspace(keyspace: KeyspaceRecord): Keyspace {
  const { id, name, prefix, isManagement, credentials, refusal, scopes } = keyspace;
  return {
    ...{ id, name, prefix, isManagement, credentials, refusal, scopes },
    staleness: formatDuration(keyspace.stalenessMs),
    storeLoss: formatDuration(keyspace.storeLossMs),
    foreignShapes: keyspace.foreignShapes,
    branding: { ...keyspace.branding, replyTo: keyspace.branding.replyTo ?? null },
    pattern: scannerPattern(prefix),
    createdAt: formatTime(keyspace.createdAt),
    updatedAt: formatTime(keyspace.updatedAt),
    version: keyspace.version,
  };
}

function factsOf(keyspace: KeyspaceRecord): Record<string, JsonValue> {
  const { name, prefix, isManagement, scopes, credentials, refusal } = keyspace;
  const { headers, schemes, query } = credentials;
  return {
    name,
    prefix,
    isManagement,
    scopes,
    credentials: { headers, schemes, query },
    refusal,
    staleness: formatDuration(keyspace.stalenessMs),
    storeLoss: formatDuration(keyspace.storeLossMs),
    foreignShapes: keyspace.foreignShapes.map((shape) => ({ ...shape })),
    displayName: keyspace.branding.name,
    replyTo: keyspace.branding.replyTo ?? null,
    logo: keyspace.branding.logo === null ? null : { ...keyspace.branding.logo },
  };
}
