import { SessionEndedError } from '../errors.js';
import { type Digest, digestOf } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import { newSessionId } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { Plaintext } from '../keys/plaintext.js';
import { printableName } from '../keys/text.js';
import type { Planned } from '../lifecycle/change.js';
import type { Act, Lifecycle } from '../lifecycle/context.js';
import type { Session, SessionItem, SignInFrom } from '../people-views.js';
import { type PersonRecord, SESSION_IDLE_MS, type SessionRecord } from '../store/people.js';
import { recordSession } from './people-events.js';
import { SCOPES_OF } from './roles.js';

const TOKEN_BYTES = 32;
const LIFE_MS = 7 * 24 * 3_600_000;
const TOUCH_MS = 60_000; // A session in use writes once a minute, not once a request.
const CONFIRMED_MS = 10 * 60_000;
const MAX_SESSIONS = 50; // Of one person; beyond it the oldest ends.
const TOKEN = /^[\w-]{43}$/;

/** A session and whose it is. */
export interface Held {
  readonly session: SessionRecord;
  readonly person: PersonRecord;
}

/** A session that is about to begin. */
export interface NewSession {
  readonly token: Plaintext;
  readonly session: SessionRecord;
  readonly change: Planned<null>['change'];
}

/** Plans a session of a person; the change that makes it is the caller's to commit. */
export async function planSession(
  act: Act,
  person: PersonRecord,
  how: {
    readonly keyspace: KeyspaceRecord;
    readonly method: SessionRecord['method'];
    readonly provider: string | null;
    /** When the person last proved who it is; null: nobody says. Absent: just now. */
    readonly confirmedAt?: number | null;
    readonly from: SignInFrom;
  },
): Promise<NewSession> {
  const { ports, nowMs, store } = act.lifecycle;
  const timeMs = nowMs();
  const bytes = ports.random.bytes(TOKEN_BYTES);
  const token = new Plaintext(Buffer.from(bytes).toString('base64url'));
  const session: SessionRecord = {
    id: newSessionId({ nowMs: timeMs, random: ports.random }),
    digest: digestOf(token.reveal()),
    personId: person.id,
    method: how.method,
    provider: how.provider,
    agent: how.from.agent === undefined ? null : (printableName(how.from.agent) ?? null),
    createdAt: timeMs,
    seenAt: timeMs,
    confirmedAt: how.confirmedAt === undefined ? timeMs : how.confirmedAt,
    expiresAt: timeMs + LIFE_MS,
  };
  const old = (await store.people.listSessions(person.id)).slice(MAX_SESSIONS - 1);
  const ids = old.map(({ id }) => id);
  const ended = old.map((one) => recordSession(act, 'session.ended', { ...how, session: one }));
  const { event } = recordSession(act, 'session.started', { ...how, session });
  const insert = { kind: 'insert_session', session } as const;
  const end = { kind: 'end_sessions', personId: person.id, ids } as const;
  const writes = ids.length === 0 ? [insert] : [end, insert];
  const events = [event, ...ended.map((one) => one.event)];
  return { token, session, change: { writes, events, personal: [] } };
}

/**
 * The session of a token that goes on; it is idle from now on. Undefined: none does.
 * @public
 */
export async function sessionOf(lifecycle: Lifecycle, token: string): Promise<Held | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const held = await lifecycle.store.people.findSession(digestOf(token) satisfies Digest);
  if (held === undefined) return undefined;
  const nowMs = lifecycle.nowMs();
  if (isOver(held.session, nowMs)) return undefined;
  if (nowMs - held.session.seenAt < TOUCH_MS) return held;
  // Where nothing can be written now, it goes on for as long as it would have.
  await lifecycle.store.people.touchSession(held.session.id, nowMs).catch(() => undefined);
  return { ...held, session: { ...held.session, seenAt: nowMs } };
}

/** @throws {SessionEndedError} none goes on. */
export async function requireSession(lifecycle: Lifecycle, token: string): Promise<Held> {
  const held = await sessionOf(lifecycle, token);
  if (held === undefined) throw new SessionEndedError('The session is over. Sign in again.');
  return held;
}

/** Whether it has lasted, or been idle, for too long. */
export function isOver({ expiresAt, seenAt }: SessionRecord, nowMs: number): boolean {
  return expiresAt <= nowMs || seenAt + SESSION_IDLE_MS <= nowMs;
}

/** @public */
export function viewSession({ session, person }: Held, nowMs: number): Session {
  const { id, name, email, role, keyspaces } = person;
  const confirmedUntil = (session.confirmedAt ?? 0) + CONFIRMED_MS;
  return {
    id: session.id,
    person: { id, name, email, role, keyspaces },
    scopes: SCOPES_OF[role],
    method: session.method,
    confirmBy: person.password === null ? 'provider' : 'password',
    provider: session.provider,
    confirmedUntil: confirmedUntil > nowMs ? formatTime(confirmedUntil) : null,
    createdAt: formatTime(session.createdAt),
    expiresAt: formatTime(endOf(session)),
  };
}

export function viewItem(session: SessionRecord, isCurrent: boolean): SessionItem {
  const { id, personId: person, method, provider, agent } = session;
  return {
    ...{ id, person, method, provider, agent },
    createdAt: formatTime(session.createdAt),
    seenAt: formatTime(session.seenAt),
    expiresAt: formatTime(endOf(session)),
    isCurrent,
  };
}

function endOf({ expiresAt, seenAt }: SessionRecord): number {
  return Math.min(expiresAt, seenAt + SESSION_IDLE_MS);
}
