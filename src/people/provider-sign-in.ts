import { InvitationRefusedError, SignInRefusedError } from '../errors.js';
import { perform } from '../lifecycle/change.js';
import type { Act } from '../lifecycle/context.js';
import type { SignInFrom } from '../people-views.js';
import type { Write } from '../store/change.js';
import type { PersonRecord, SessionRecord } from '../store/people.js';
import type { Identity } from './identity-provider.js';
import { managementOf, recordPerson, recordSession } from './people-events.js';
import { planSession } from './sessions.js';
import type { Begun } from './sign-in.js';

/** Whom a provider vouches for, and how that came about. */
export interface Vouched {
  readonly identity: Identity;
  /** Our id of the provider. */
  readonly provider: string;
  /** The id of the session that the new one is instead of. */
  readonly replaces: string | undefined;
  readonly from: SignInFrom;
}

/**
 * Signs in whom a provider vouches for: the person that it knows under this issuer and subject, and
 * nobody else (OpenID Connect Core 1.0 §5.7). A verified mail address counts once, where somebody has
 * invited it, and only until then.
 * @throws {SignInRefusedError} nobody who may sign in is this one.
 * @public
 */
export async function signInAs(act: Act, vouched: Vouched): Promise<Begun> {
  const { identity, provider, from } = vouched;
  const { people } = act.lifecycle.store;
  const keyspace = await managementOf(act.lifecycle);
  const call = { operation: 'session.start', input: null };
  const plan = async () => {
    const known = await people.personByIdentity(identity.issuer, identity.subject);
    const before = known ?? (await invitedAs(act, identity));
    const by = {
      ...act,
      rights: { ...act.rights, actor: { kind: 'admin', id: before.id } },
    } as const;
    const joined =
      known === undefined ? join(by, before, identity) : { person: before, writes: [] };
    const { person } = joined;
    const confirmedAt = confirmedAtOf(act, identity);
    const how = { keyspace, method: 'provider', provider, confirmedAt, from } as const;
    const begun = await planSession(by, person, how);
    const replaced = await replacedBy(act, person, vouched.replaces);
    const facts = { keyspace, before, after: person };
    const updated = known === undefined ? recordPerson(by, 'person.updated', facts) : undefined;
    const ended = replaced.map((session) =>
      recordSession(by, 'session.ended', { keyspace, session }),
    );
    const end: readonly Write[] = replaced.map(({ id }) => ({
      ...({ kind: 'end_sessions', personId: person.id } as const),
      ids: [id],
    }));
    const told = updated === undefined ? ended : [updated, ...ended];
    const events = [...told.map(({ event }) => event), ...begun.change.events];
    const writes = [...joined.writes, ...end, ...begun.change.writes];
    const change = { writes, events, personal: updated?.personal ?? [] };
    return { change, answer: { token: begun.token, session: begun.session, person } };
  };
  try {
    return (await perform(act, call, plan)).answer;
  } catch (fault) {
    // It says nothing of who has an account, and was not invited.
    throw fault instanceof InvitationRefusedError ? refused(fault) : fault;
  }
}

/** A provider whose clock is ahead vouches for no time to come. */
function confirmedAtOf({ lifecycle }: Act, { authenticatedAt }: Identity): number | null {
  return authenticatedAt === null ? null : Math.min(authenticatedAt, lifecycle.nowMs());
}

/** Who was invited by the address that the provider has verified. The commit asks for the invitation. */
async function invitedAs({ lifecycle }: Act, { email }: Identity): Promise<PersonRecord> {
  const person = email === null ? undefined : await lifecycle.store.people.personByEmail(email);
  if (person === undefined) throw refused();
  return person;
}

/** From now on the identity names the person, and its invitation opens nothing any more. */
function join({ lifecycle }: Act, before: PersonRecord, { issuer, subject }: Identity) {
  const nowMs = lifecycle.nowMs();
  const personId = before.id;
  const person: PersonRecord = {
    ...before,
    ...{ signedInAt: before.signedInAt ?? nowMs, updatedAt: nowMs, version: before.version + 1 },
  };
  const writes: readonly Write[] = [
    { kind: 'use_invitation', digest: null, personId, nowMs },
    {
      ...({ kind: 'put_person', person, expectedVersion: before.version } as const),
      keepsAdmin: false,
    },
    { kind: 'insert_identity', identity: { issuer, subject, personId, createdAt: nowMs } },
  ];
  return { person, writes };
}

async function replacedBy(
  { lifecycle }: Act,
  { id }: PersonRecord,
  replaces: string | undefined,
): Promise<readonly SessionRecord[]> {
  if (replaces === undefined) return [];
  const own = await lifecycle.store.people.listSessions(id);
  return own.filter((session) => session.id === replaces);
}

function refused(cause?: unknown): SignInRefusedError {
  const message = 'The provider vouches for nobody who may sign in here.';
  return new SignInRefusedError(message, cause === undefined ? {} : { cause });
}
