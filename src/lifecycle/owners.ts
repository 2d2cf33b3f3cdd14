import { isDeepStrictEqual } from 'node:util';
import type { EventType } from '../audit/event.js';
import { AlreadyExistsError, NotFoundError, UnprocessableError } from '../errors.js';
import { formatTime } from '../keys/duration.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { JsonValue } from '../keys/metadata.js';
import { faultInOwnerId, type OwnerRecord } from '../keys/owner.js';
import { hasControl } from '../keys/text.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type { List, Owner, OwnerInput, OwnerPatch, PageQuery, Replayable } from '../views.js';
import { type Call, type Decided, perform } from './change.js';
import { requireVersion } from './change-key.js';
import { type Act, keyspaceOf } from './context.js';
import { recordFact } from './key-events.js';
import { decodeCursor, encodeCursor, limitOf, listOf, pageAt, pageOf } from './list.js';
import { patched } from './owner-input.js';
import { requireReceiver, requireScope } from './rights.js';

const PERSONAL = ['name', 'emails', 'locale', 'timezone'] as const;

/** Where an owner is looked for; `default` if absent. */
export interface OwnerPlace {
  readonly keyspace?: string | undefined;
}

/** @throws {AlreadyExistsError} the keyspace has an owner of this id. */
export async function createOwner(
  act: Act,
  input: OwnerInput,
  options: WriteOptions,
): Promise<Replayable<Owner>> {
  requireScope(act.rights, 'owners:write');
  requireOwnerId(input.id);
  const keyspace = await keyspaceOf(act, input.keyspace);
  const call = { operation: `owner.create ${keyspace.id}`, input, ...options };
  return performOn(act, call, {
    keyspace,
    id: input.id,
    plan: async () => {
      const known = await act.lifecycle.store.getOwner(keyspace.id, input.id);
      if (known !== undefined && known.erasedAt === null) {
        throw new AlreadyExistsError('This owner exists already. Change it instead of making it.');
      }
      const blank = known ?? blankOwner(act, keyspace, input.id);
      const owner = patched({ ...blank, erasedAt: null }, input);
      return planOwner(act, keyspace, { type: 'owner.created', before: known ?? null, owner });
    },
  });
}

/** @throws {NotFoundError} the keyspace has no owner of this id. */
export async function getOwner(act: Act, id: string, place: OwnerPlace): Promise<Owner> {
  requireScope(act.rights, 'owners:read');
  const keyspace = await keyspaceOf(act, place.keyspace);
  return viewOwner(await readOwner(act, keyspace, id), keyspace.name);
}

/** Owners by keyspace and id. */
export function listOwners(open: () => Promise<Act>, query: PageQuery & OwnerPlace): List<Owner> {
  return listOf(async (next) => {
    const act = await open();
    const { cursor } = pageAt(query, next);
    requireScope(act.rights, 'owners:read');
    const limit = limitOf(query);
    const keyspace = await keyspaceOf(act, query.keyspace);
    const after = decodeCursor(cursor, 1)?.[0] ?? null;
    const rows = await act.lifecycle.store.listOwners({
      within: [keyspace.id],
      limit: limit + 1,
      after,
    });
    return pageOf(rows, limit, {
      item: (row) => viewOwner(row, keyspace.name),
      cursor: (row) => encodeCursor([row.id]),
    });
  });
}

/** Changes what the patch names. */
export async function updateOwner(
  act: Act,
  id: string,
  edit: { readonly patch: OwnerPatch; readonly options: UpdateOptions & OwnerPlace },
): Promise<Replayable<Owner>> {
  requireScope(act.rights, 'owners:write');
  const { patch, options } = edit;
  const keyspace = await keyspaceOf(act, options.keyspace);
  const call = { operation: `owner.update ${keyspace.id} ${id}`, input: patch, ...options };
  return performOn(act, call, {
    keyspace,
    id,
    plan: async () => {
      const before = await readOwner(act, keyspace, id);
      requireVersion(before, options.ifMatch);
      return planOwner(act, keyspace, {
        type: 'owner.updated',
        before,
        owner: patched(before, patch),
      });
    },
  });
}

/**
 * Removes every personal value of an owner: from the record, and beside the audit trail, whose
 * commitments then tell nothing. The owner's keys stay.
 * What belonged to a key without an owner is erased by the key's id. Answers that were kept for
 * repeats go with it: a call that is repeated after it is made anew.
 * @throws {NotFoundError} neither a record, a key nor a value beside the trail has this owner.
 */
export async function eraseOwner(
  act: Act,
  id: string,
  options: WriteOptions & OwnerPlace,
): Promise<Replayable<Owner>> {
  requireScope(act.rights, 'owners:write');
  const keyspace = await keyspaceOf(act, options.keyspace);
  const call = { operation: `owner.erase ${keyspace.id} ${id}`, input: null, ...options };
  return performOn(act, call, {
    keyspace,
    id,
    plan: async () => {
      const before = await ownerToErase(act, keyspace, id);
      const nowMs = act.lifecycle.nowMs();
      const gone = { name: null, emails: [], locale: null, timezone: null };
      const owner = {
        ...before,
        ...gone,
        erasedAt: nowMs,
        updatedAt: nowMs,
        version: before.version + 1,
      };
      const put = { kind: 'put_owner', owner, expectedVersion: before.version } as const;
      const where = { keyspaceId: keyspace.id, ownerId: id };
      const answersWith = answersAbout(keyspace, id);
      const erase = { kind: 'erase_personal', ...where, answersWith } as const;
      const { event } = recordFact(act, {
        ...factOf('owner.erased', owner),
        before: {},
        after: {},
      });
      const change = { writes: [put, erase], events: [event], personal: [] };
      return { change, answer: viewOwner(owner, keyspace.name) };
    },
  });
}

/**
 * A change of one owner. Nothing personal is kept for its repeat, where no erasure would find it:
 * a repeat is answered with the owner as it is then.
 */
async function performOn(
  act: Act,
  call: Call,
  one: {
    readonly keyspace: KeyspaceRecord;
    readonly id: string;
    readonly plan: () => Promise<Decided<Owner>>;
  },
): Promise<Replayable<Owner>> {
  let owner: Owner | undefined;
  const performed = await perform(act, call, async () => {
    const decided = await one.plan();
    owner = decided.answer;
    return 'change' in decided ? { change: decided.change, answer: null } : { answer: null };
  });
  if (performed.kind === 'done' && owner !== undefined) return owner;
  const now = viewOwner(await readOwner(act, one.keyspace, one.id), one.keyspace.name);
  return { ...now, replayed: true };
}

/**
 * What stands in every answer that is kept about a key of the owner, or about the key of this id:
 * they hold its metadata. No text within an answer can look like these: its quotes are escaped.
 */
function answersAbout({ name }: KeyspaceRecord, id: string): readonly (readonly string[])[] {
  const member = (field: 'keyspace' | 'owner' | 'id', value: string) =>
    `${JSON.stringify(field)}:${JSON.stringify(value)}`;
  const within = member('keyspace', name);
  return [
    [within, member('owner', id)],
    [within, member('id', id)],
  ];
}

async function ownerToErase(act: Act, keyspace: KeyspaceRecord, id: string): Promise<OwnerRecord> {
  const { store, nowMs } = act.lifecycle;
  if (hasControl(id)) throw unknownOwner(); // Databases take such a text in different ways.
  const known = await store.getOwner(keyspace.id, id);
  if (known !== undefined) return known;
  const within = [keyspace.id];
  const keys = await store.listKeys({ within, owner: id, limit: 1, after: null, nowMs: nowMs() });
  if (keys.length === 0 && !(await store.hasPersonal(keyspace.id, id))) throw unknownOwner();
  // No record, and perhaps no key any more: what stands beside the trail is erased all the same.
  return blankOwner(act, keyspace, id);
}

async function readOwner(act: Act, keyspace: KeyspaceRecord, id: string): Promise<OwnerRecord> {
  if (hasControl(id)) throw unknownOwner();
  const owner = await act.lifecycle.store.getOwner(keyspace.id, id);
  if (owner === undefined) throw unknownOwner();
  return owner;
}

function unknownOwner(): NotFoundError {
  return new NotFoundError('No owner has this id. Look in the list of owners.');
}

function planOwner(
  act: Act,
  keyspace: KeyspaceRecord,
  edit: {
    readonly type: EventType;
    readonly before: OwnerRecord | null;
    readonly owner: OwnerRecord;
  },
): Decided<Owner> {
  const { type, before } = edit;
  requireMailEditor(act, keyspace, edit);
  const expectedVersion = before?.version ?? 0;
  const updatedAt = act.lifecycle.nowMs();
  const owner = { ...edit.owner, updatedAt, version: expectedVersion + 1 };
  const { event, personal } = recordFact(act, {
    ...factOf(type, owner),
    before: before === null ? {} : factsOf(before),
    after: factsOf(owner),
    personal: { fields: PERSONAL, fromOwnerId: owner.id, toOwnerId: owner.id },
  });
  if (before !== null && event.changes.length === 0 && type === 'owner.updated') {
    return { answer: viewOwner(before, keyspace.name) };
  }
  const write = { kind: 'put_owner', owner, expectedVersion } as const;
  return {
    change: { writes: [write], events: [event], personal },
    answer: viewOwner(owner, keyspace.name),
  };
}

/**
 * The links of claims are mailed to these addresses.
 * @throws {ForbiddenError} who changes them may not receive secrets.
 */
function requireMailEditor(
  { rights }: Act,
  keyspace: KeyspaceRecord,
  { before, owner }: { readonly before: OwnerRecord | null; readonly owner: OwnerRecord },
): void {
  const isSame = isDeepStrictEqual(before?.emails ?? [], owner.emails);
  if (!isSame) requireReceiver(rights, keyspace);
}

/** @throws {UnprocessableError} no owner can have this id. */
function requireOwnerId(id: string): void {
  const message = faultInOwnerId(id);
  if (message === undefined) return;
  const fix = 'Use 1 to 200 printable characters, other than "." and "..".';
  throw new UnprocessableError([{ pointer: '/id', message, fix }]);
}

function blankOwner(act: Act, keyspace: KeyspaceRecord, id: string): OwnerRecord {
  const now = act.lifecycle.nowMs();
  const unknown = { name: null, emails: [], locale: null, timezone: null, erasedAt: null };
  return { ...unknown, id, keyspaceId: keyspace.id, createdAt: now, updatedAt: now, version: 0 };
}

function viewOwner(owner: OwnerRecord, keyspaceName: string): Owner {
  const { id, name, emails, locale, timezone, createdAt, updatedAt, erasedAt, version } = owner;
  return {
    id,
    keyspace: keyspaceName,
    name,
    emails,
    locale,
    timezone,
    createdAt: formatTime(createdAt),
    updatedAt: formatTime(updatedAt),
    erasedAt: erasedAt === null ? null : formatTime(erasedAt),
    version,
  };
}

function factOf(type: EventType, owner: OwnerRecord) {
  return { type, keyspaceId: owner.keyspaceId, subject: { kind: 'owner', id: owner.id } } as const;
}

function factsOf({ name, emails, locale, timezone }: OwnerRecord): Record<string, JsonValue> {
  return { name, emails: emails.length === 0 ? null : emails, locale, timezone };
}
