import type { EventType } from '../audit/event.js';
import {
  AlreadyExistsError,
  type FieldFault,
  NotFoundError,
  UnprocessableError,
} from '../errors.js';
import { formatTime } from '../keys/duration.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { JsonValue } from '../keys/metadata.js';
import { faultInOwnerId, type OwnerRecord } from '../keys/owner.js';
import { faultInText } from '../keys/text.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type { List, Owner, OwnerInput, OwnerPatch, PageQuery } from '../views.js';
import { type Planned, perform } from './change.js';
import { requireVersion } from './change-key.js';
import { type Act, keyspaceOf } from './context.js';
import { recordFact } from './key-events.js';
import { decodeCursor, encodeCursor, limitOf, listOf, pageAt, pageOf } from './list.js';
import { requireScope } from './rights.js';

const PERSONAL = ['name', 'emails', 'locale', 'timezone'] as const;
const EMAIL = /^[^\s@<>",;:\\]{1,64}@[^\s@<>",;:\\]{1,190}$/;
const MAX_EMAILS = 20;

/** Where an owner is looked for; `default` if absent. */
export interface OwnerPlace {
  readonly keyspace?: string | undefined;
}

/** @throws {AlreadyExistsError} the keyspace has an owner of this id. */
export async function createOwner(
  act: Act,
  input: OwnerInput,
  options: WriteOptions,
): Promise<Owner> {
  requireScope(act.rights, 'owners:write');
  requireOwnerId(input.id);
  const keyspace = await keyspaceOf(act, input.keyspace);
  const call = { operation: `owner.create ${keyspace.id}`, input, ...options };
  const performed = await perform(act, call, async () => {
    const known = await act.lifecycle.store.getOwner(keyspace.id, input.id);
    if (known !== undefined && known.erasedAt === null) {
      throw new AlreadyExistsError('This owner exists. Update it: keyturn owner update ID.');
    }
    const blank = known ?? blankOwner(act, keyspace, input.id);
    const owner = patched({ ...blank, erasedAt: null }, input);
    return planOwner(act, keyspace, { type: 'owner.created', before: known ?? null, owner });
  });
  return performed.answer;
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
): Promise<Owner> {
  requireScope(act.rights, 'owners:write');
  const { patch, options } = edit;
  const keyspace = await keyspaceOf(act, options.keyspace);
  const call = { operation: `owner.update ${keyspace.id} ${id}`, input: patch, ...options };
  const performed = await perform(act, call, async () => {
    const before = await readOwner(act, keyspace, id);
    requireVersion(before, options.ifMatch);
    return planOwner(act, keyspace, {
      type: 'owner.updated',
      before,
      owner: patched(before, patch),
    });
  });
  return performed.answer;
}

/**
 * Removes every personal value of an owner: from the record, and beside the audit trail, whose
 * commitments then tell nothing. The owner's keys stay.
 * @throws {NotFoundError} neither a record nor a key has this owner.
 */
export async function eraseOwner(
  act: Act,
  id: string,
  options: WriteOptions & OwnerPlace,
): Promise<Owner> {
  requireScope(act.rights, 'owners:write');
  const keyspace = await keyspaceOf(act, options.keyspace);
  const call = { operation: `owner.erase ${keyspace.id} ${id}`, input: null, ...options };
  const performed = await perform(act, call, async () => {
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
    const erase = { kind: 'erase_personal', keyspaceId: keyspace.id, ownerId: id } as const;
    const { event } = recordFact(act, { ...factOf('owner.erased', owner), before: {}, after: {} });
    const change = { writes: [put, erase], events: [event], personal: [] };
    return { change, answer: viewOwner(owner, keyspace.name) };
  });
  return performed.answer;
}

async function ownerToErase(act: Act, keyspace: KeyspaceRecord, id: string): Promise<OwnerRecord> {
  const { store, nowMs } = act.lifecycle;
  const known = await store.getOwner(keyspace.id, id);
  if (known !== undefined) return known;
  const within = [keyspace.id];
  const keys = await store.listKeys({ within, owner: id, limit: 1, after: null, nowMs: nowMs() });
  if (keys.length === 0) throw unknownOwner();
  // Keys name an owner who has no record: what stands beside the trail is erased all the same.
  return blankOwner(act, keyspace, id);
}

async function readOwner(act: Act, keyspace: KeyspaceRecord, id: string): Promise<OwnerRecord> {
  const owner = await act.lifecycle.store.getOwner(keyspace.id, id);
  if (owner === undefined) throw unknownOwner();
  return owner;
}

function unknownOwner(): NotFoundError {
  return new NotFoundError('No owner has this id. "keyturn owner list" shows all.');
}

function planOwner(
  act: Act,
  keyspace: KeyspaceRecord,
  edit: {
    readonly type: EventType;
    readonly before: OwnerRecord | null;
    readonly owner: OwnerRecord;
  },
): Planned<Owner> | { readonly answer: Owner } {
  const { type, before } = edit;
  const expectedVersion = before?.version ?? 0;
  const updatedAt = act.lifecycle.nowMs();
  const owner = { ...edit.owner, updatedAt, version: expectedVersion + 1 };
  const { event, personal } = recordFact(act, {
    ...factOf(type, owner),
    before: before === null ? {} : factsOf(before),
    after: factsOf(owner),
    personal: { ownerId: owner.id, fields: PERSONAL },
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

/** @throws {UnprocessableError} every field that cannot be, together. */
function patched(before: OwnerRecord, patch: OwnerPatch): OwnerRecord {
  const faults = FIELD_RULES.flatMap((rule) => (rule.isWrong(patch) ? [rule.fault] : []));
  if (faults.length > 0) throw new UnprocessableError(faults);
  const { name, emails, locale, timezone } = patch;
  return {
    ...before,
    name: name === undefined ? before.name : name,
    emails: emails === undefined ? before.emails : [...emails],
    locale: locale === undefined ? before.locale : locale,
    timezone: timezone === undefined ? before.timezone : timezone,
  };
}

const FIELD_RULES: readonly {
  readonly isWrong: (patch: OwnerPatch) => boolean;
  readonly fault: FieldFault;
}[] = [
  {
    isWrong: ({ name }) => typeof name === 'string' && faultInText(name) !== undefined,
    fault: {
      pointer: '/name',
      message: 'is empty, too long or unprintable.',
      fix: 'Use 1 to 200 printable characters.',
    },
  },
  {
    isWrong: ({ emails = [] }) =>
      emails.length > MAX_EMAILS || !emails.every((one) => EMAIL.test(one)),
    fault: {
      pointer: '/emails',
      message: 'has an entry that is no mail address.',
      fix: `Write at most ${MAX_EMAILS}, each as name@domain.`,
    },
  },
  {
    isWrong: ({ locale }) => typeof locale === 'string' && !isLocale(locale),
    fault: { pointer: '/locale', message: 'is no language tag.', fix: 'Use BCP 47: "de-CH".' },
  },
  {
    isWrong: ({ timezone }) => typeof timezone === 'string' && !isTimezone(timezone),
    fault: {
      pointer: '/timezone',
      message: 'is no time zone.',
      fix: 'Use an IANA name: "Europe/Zurich".',
    },
  },
];

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false; // The platform's own judgement of BCP 47.
  }
}

function isTimezone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // The platform's own list of IANA names.
  }
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
