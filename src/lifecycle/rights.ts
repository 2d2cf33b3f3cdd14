import type { Actor } from '../audit/event.js';
import { ForbiddenError, InvalidRequestError } from '../errors.js';
import { parseTime } from '../keys/duration.js';
import {
  hostPersonId,
  type KeyId,
  type KeyspaceId,
  keyIdFrom,
  keyspaceIdFrom,
  type PersonId,
  personIdFrom,
  sessionIdFrom,
} from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import { type KeyspaceRecord, MANAGEMENT_KEYSPACE } from '../keys/keyspace.js';
import type { Restrictions } from '../keys/restrictions.js';
import { coversAll } from '../keys/scopes.js';
import type { CallerSession } from '../people-views.js';
import type { Caller } from '../public.js';
import type { KeyCaller, SessionCaller } from '../store/change.js';
import type { Within } from '../store/within.js';
import type { VerifiedSecret } from '../verdict.js';

/** What a caller may do. Everything that is made or changed stays within it. */
export interface Rights {
  readonly actor: Actor;
  readonly requestId: string | null;
  readonly scopes: readonly string[];
  readonly within: Within;
  readonly expiresAt: number | null;
  readonly restrictions: Restrictions;
  /** The caller's own key, which must still have these rights when the change commits. */
  readonly key: KeyCaller | null;
  /** The caller's own session, of which the same holds. */
  readonly session: SessionCaller | null;
  /** Who it is, where that is a person. */
  readonly personId: PersonId | null;
  /** Nobody's: the host application, or the command line. It grants what it likes. */
  readonly isUnbound: boolean;
  /** The secret of that key that was shown; null: nobody has said which. */
  readonly secret: VerifiedSecret | null;
}

/** What a management key is given, or has. */
export type Grant = Pick<KeyRecord, 'scopes' | 'expiresAt' | 'restrictions'>;

const NOWHERE: readonly KeyspaceId[] = [];
const NOBODY = { session: null, personId: null } as const;
const NARROWING = ['addresses', 'origins', 'methods', 'paths', 'keyspaces'] as const;

/**
 * The rights of a caller. A consumer's key gives none over anything but itself.
 * @throws {InvalidRequestError} the caller's key is there without a value.
 * @public
 */
export function rightsOf(caller: Caller): Rights {
  const { actor, requestId, key, secret = null } = caller;
  const who = { actor, requestId: requestId ?? null, secret };
  if ('session' in caller) {
    if (caller.session === undefined) throw noValue('session');
    return rightsOfPerson(who, caller.session);
  }
  // The key of a request that was let through without one must not become every right.
  if ('key' in caller && key === undefined) throw noValue('key');
  if (key === undefined) {
    const unbound = { scopes: ['*'], within: 'all', expiresAt: null, restrictions: {} } as const;
    return { ...who, ...unbound, ...NOBODY, key: null, isUnbound: true };
  }
  const keyId = keyIdFrom(key.id);
  const expiresAt = key.expiresAt === null ? null : (parseTime(key.expiresAt) ?? 0);
  const { scopes, restrictions } = key;
  if (key.keyspace === MANAGEMENT_KEYSPACE.name && keyId !== undefined) {
    return { ...who, ...NOBODY, ...granted(keyId, { scopes, expiresAt, restrictions }) };
  }
  const own = keyId === undefined ? null : { keyId, rights: null };
  const nothing = { scopes: [], within: NOWHERE, isUnbound: false };
  return { ...who, ...NOBODY, ...nothing, expiresAt, restrictions, key: own };
}

/** The rights of a person: those of its role, where it may act. */
function rightsOfPerson(who: Pick<Rights, 'actor' | 'requestId'>, session: CallerSession): Rights {
  const { scopes, person } = session;
  const { role, keyspaces } = person;
  const personId = personIdFrom(person.id) ?? hostPersonId(person.id);
  const sessionId = session.id === null ? undefined : sessionIdFrom(session.id);
  const within = keyspaces?.flatMap((id) => keyspaceIdFrom(id) ?? []) ?? 'all';
  const kept = within === 'all' ? null : within;
  return {
    ...who,
    secret: null,
    scopes,
    within,
    expiresAt: null,
    restrictions: keyspaces === null ? {} : { keyspaces },
    key: null,
    session: sessionId === undefined ? null : { sessionId, personId, role, keyspaces: kept },
    personId,
    isUnbound: false,
  };
}

/** The rights of a management key that has this grant. */
export function granted(
  keyId: KeyId,
  rights: Grant,
): Omit<Rights, 'actor' | 'requestId' | 'secret' | 'session' | 'personId'> {
  const { keyspaces } = rights.restrictions;
  const within = keyspaces?.flatMap((id) => keyspaceIdFrom(id) ?? []) ?? 'all';
  return { ...rights, within, key: { keyId, rights }, isUnbound: false };
}

function noValue(name: 'key' | 'session'): InvalidRequestError {
  const fix = 'Leave it out to act with every right.';
  return new InvalidRequestError([
    { pointer: `/${name}`, message: 'is there without a value.', fix },
  ]);
}

/**
 * @throws {ForbiddenError} the caller lacks the scope.
 * @public
 */
export function requireScope(rights: Rights, scope: string): void {
  if (coversAll(rights.scopes, [scope])) return;
  throw new ForbiddenError(
    `This needs the scope "${scope}". Ask for a management key or a role that has it.`,
  );
}

/** Of a management key that may do all there is. */
const ROOT: Grant = { scopes: ['*'], expiresAt: null, restrictions: {} };

/**
 * Who says where new secrets go, or are tried, receives each of them: that is to rotate the keys, and
 * no less. Of management keys it is all that any of them may do.
 * @throws {ForbiddenError} the caller may not.
 * @public
 */
export function requireReceiver(
  rights: Rights,
  { isManagement }: Pick<KeyspaceRecord, 'isManagement'>,
): void {
  requireScope(rights, 'keys:rotate');
  if (isManagement) requireCovers(rights, ROOT);
}

/**
 * Nobody grants what they do not have: a management key is made, changed or ended only by a
 * caller whose own rights cover it.
 * @throws {ForbiddenError} they do not.
 * @public
 */
export function requireCovers(rights: Rights, grant: Grant): void {
  if (rights.isUnbound) return;
  const lacking = grant.scopes.filter((scope) => !coversAll(rights.scopes, [scope]));
  if (lacking.length > 0) {
    throw new ForbiddenError(
      `Your own rights do not have ${lacking.map((scope) => `"${scope}"`).join(', ')}, so they do not reach a key that has.`,
    );
  }
  const outlives = rights.expiresAt !== null;
  if (outlives && (grant.expiresAt === null || grant.expiresAt > (rights.expiresAt ?? 0))) {
    throw new ForbiddenError('A management key cannot act on one that outlives it.');
  }
  for (const kind of NARROWING) requireNarrower(kind, rights.restrictions, grant.restrictions);
}

/** Every restriction of the parent is kept or narrowed: its list holds each entry of the child's. */
function requireNarrower(
  kind: (typeof NARROWING)[number],
  parent: Restrictions,
  child: Restrictions,
): void {
  const allowed = parent[kind];
  if (allowed === undefined) return;
  const wanted = child[kind];
  if (wanted?.every((entry) => allowed.includes(entry))) return;
  throw new ForbiddenError(
    `Your own rights are restricted in "${kind}", so a key they reach must be, within the same list.`,
  );
}
