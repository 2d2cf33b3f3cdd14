import { SignInRefusedError, TooManyTriesError } from '../errors.js';
import type { Plaintext } from '../keys/plaintext.js';
import { perform } from '../lifecycle/change.js';
import type { Act } from '../lifecycle/context.js';
import { recordFact } from '../lifecycle/key-events.js';
import type { PasswordInput, Session, SignInFrom } from '../people-views.js';
import type { PersonRecord, SessionRecord } from '../store/people.js';
import { isPassword } from './password.js';
import { managementOf, recordSession } from './people-events.js';
import { type Held, planSession, requireSession, viewSession } from './sessions.js';
import { isTold, type Places, placesOf, waitMsOf } from './tries.js';

/**
 * A session that has begun.
 * @public
 */
export interface Begun extends Held {
  readonly token: Plaintext;
}

/**
 * Signs in by password. The answer, and the work, are the same whether somebody has the address.
 * @throws {SignInRefusedError} nobody has this address and this password.
 * @throws {TooManyTriesError} there were too many wrong ones.
 * @public
 */
export async function signIn(act: Act, input: PasswordInput, from: SignInFrom): Promise<Begun> {
  const person = await provePassword(act, input, from);
  return startSession(act, person, { method: 'password', provider: null, from });
}

/** Begins a session of a person who has proved who it is. */
async function startSession(
  act: Act,
  person: PersonRecord,
  how: Pick<SessionRecord, 'method' | 'provider'> & { readonly from: SignInFrom },
): Promise<Begun> {
  const keyspace = await managementOf(act.lifecycle);
  const by = {
    ...act,
    rights: { ...act.rights, actor: { kind: 'admin', id: person.id } },
  } as const;
  const performed = await perform(by, { operation: 'session.start', input: null }, async () => {
    const { token, session, change } = await planSession(by, person, { keyspace, ...how });
    return { change, answer: { token, session, person } };
  });
  return performed.answer;
}

/**
 * Proves once more who it is.
 * @throws {SignInRefusedError} it is not this password.
 * @public
 */
export async function confirmSession(
  act: Act,
  given: { readonly token: string; readonly password: string },
  from: SignInFrom,
): Promise<Session> {
  const { lifecycle } = act;
  const { person, session } = await requireSession(lifecycle, given.token);
  await provePassword(act, { email: person.email, password: given.password }, from);
  return confirmed(act, { person, session });
}

/** Writes down that the person has proved it. */
async function confirmed(act: Act, { person, session }: Held): Promise<Session> {
  const keyspace = await managementOf(act.lifecycle);
  const by = {
    ...act,
    rights: { ...act.rights, actor: { kind: 'admin', id: person.id } },
  } as const;
  const call = { operation: 'session.confirm', input: null };
  const performed = await perform(by, call, async () => {
    const confirmedAt = act.lifecycle.nowMs();
    const write = { kind: 'confirm_session', sessionId: session.id, confirmedAt } as const;
    const { event } = recordSession(by, 'session.confirmed', { keyspace, session });
    const answer = { ...session, confirmedAt };
    return { change: { writes: [write], events: [event], personal: [] }, answer };
  });
  return viewSession({ person, session: performed.answer }, act.lifecycle.nowMs());
}

/**
 * Signs out.
 * @public
 */
export async function signOut(act: Act, token: string): Promise<void> {
  const { person, session } = await requireSession(act.lifecycle, token);
  const keyspace = await managementOf(act.lifecycle);
  const by = {
    ...act,
    rights: { ...act.rights, actor: { kind: 'admin', id: person.id } },
  } as const;
  await perform(by, { operation: 'session.end', input: null }, async () => {
    const write = { kind: 'end_sessions', personId: person.id, ids: [session.id] } as const;
    const { event } = recordSession(by, 'session.ended', { keyspace, session });
    return { change: { writes: [write], events: [event], personal: [] }, answer: null };
  });
}

async function provePassword(
  act: Act,
  { email, password }: PasswordInput,
  { address }: SignInFrom,
): Promise<PersonRecord> {
  const { people } = act.lifecycle.store;
  const places = placesOf(email, address);
  const count = await countTry(act, places);
  const person = await people.personByEmail(email);
  const isIt = await isPassword(password, person?.password ?? null, act.lifecycle);
  if (!isIt || person === undefined) {
    if (isTold(count)) await tellRefused(act, person, count);
    throw new SignInRefusedError('Nobody has this mail address and this password.');
  }
  const { account, address: place, both } = places;
  await people.forgiveTry({ places: [account, place], forgotten: [both] });
  return person;
}

/** @returns the how many-th try of this account it is. @throws {TooManyTriesError} it has to wait. */
async function countTry({ lifecycle }: Act, places: Places): Promise<number> {
  const { store, nowMs } = lifecycle;
  let waitMs = 0;
  const before = await store.people.countTry({
    places: [places.account, places.address, places.both],
    nowMs: nowMs(),
    mayTry: (rows) => {
      waitMs = waitMsOf(places, rows, nowMs());
      return waitMs === 0;
    },
  });
  if (before === undefined) throw new TooManyTriesError(Math.max(1, Math.ceil(waitMs / 1_000)));
  return (before.find(({ place }) => place === places.account)?.count ?? 0) + 1;
}

/** Now and then of many: whether somebody has the address or not, the same is done. */
async function tellRefused(act: Act, person: PersonRecord | undefined, count: number) {
  const keyspace = await managementOf(act.lifecycle);
  const by = {
    ...act,
    rights: { ...act.rights, actor: { kind: 'admin', id: 'sign-in' } },
  } as const;
  await perform(by, { operation: 'session.refuse', input: null }, async () => {
    const { event } = recordFact(by, {
      type: 'session.refused',
      keyspaceId: keyspace.id,
      subject: { kind: 'person', id: person?.id ?? 'unknown' },
      before: {},
      after: { tries: count },
    });
    return { change: { writes: [], events: [event], personal: [] }, answer: null };
  });
}
