import { InvitationRefusedError, UnprocessableError } from '../errors.js';
import { digestOf } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import { Plaintext } from '../keys/plaintext.js';
import { perform } from '../lifecycle/change.js';
import type { Act } from '../lifecycle/context.js';
import type { InvitationInput, SignInFrom } from '../people-views.js';
import type { InvitationRecord, PersonRecord } from '../store/people.js';
import { faultsInPerson } from './account-input.js';
import { faultsInPassword, hashOf } from './password.js';
import { managementOf, recordPerson, recordSession } from './people-events.js';
import { planSession } from './sessions.js';
import type { Begun } from './sign-in.js';

const TOKEN_BYTES = 32;
const LIFE_MS = 7 * 24 * 3_600_000;

/** Plans a link for a person; the change that makes it is the caller's to commit. */
export function planInvitation({ lifecycle }: Act, { id }: Pick<PersonRecord, 'id'>) {
  const { ports, nowMs } = lifecycle;
  const token = new Plaintext(Buffer.from(ports.random.bytes(TOKEN_BYTES)).toString('base64url'));
  const expiresAt = nowMs() + LIFE_MS;
  const invitation: InvitationRecord = {
    digest: digestOf(token.reveal()),
    personId: id,
    expiresAt,
  };
  const write = { kind: 'insert_invitation', invitation } as const;
  return { write, link: { token, expiresAt: formatTime(expiresAt) } };
}

/**
 * Sets the password of who was invited, and signs in. Whoever else was signed in as this person is
 * out: the link is also for who has lost a password.
 * @throws {InvitationRefusedError} the link is unknown, used or late.
 * @public
 */
export async function acceptInvitation(
  act: Act,
  input: InvitationInput,
  from: SignInFrom,
): Promise<Begun> {
  const digest = digestOf(input.token);
  const { people } = act.lifecycle.store;
  const { nowMs } = act.lifecycle;
  const invitation = await people.findInvitation(digest);
  if (invitation === undefined || invitation.expiresAt <= nowMs()) throw refused();
  const faults = [...faultsInPerson(input), ...faultsInPassword(input.password, '/password')];
  if (faults.length > 0) throw new UnprocessableError(faults);
  const password = await hashOf(input.password, act.lifecycle);
  const keyspace = await managementOf(act.lifecycle);
  const call = { operation: 'invitation.accept', input: null };
  const performed = await perform(act, call, async () => {
    const before = await people.getPerson(invitation.personId);
    if (before === undefined) throw refused();
    const by = {
      ...act,
      rights: { ...act.rights, actor: { kind: 'admin', id: before.id } },
    } as const;
    const timeMs = nowMs();
    const person: PersonRecord = {
      ...before,
      ...{ name: input.name, password, signedInAt: before.signedInAt ?? timeMs },
      ...{ updatedAt: timeMs, version: before.version + 1 },
    };
    const personId = person.id;
    const old = await people.listSessions(personId);
    const ended = old.map((session) => recordSession(by, 'session.ended', { keyspace, session }));
    const how = { keyspace, method: 'password', provider: null, from } as const;
    const begun = await planSession(by, person, how);
    const facts = { keyspace, before, after: person };
    const { event, personal } = recordPerson(by, 'person.updated', facts);
    const use = { kind: 'use_invitation', digest, personId, nowMs: timeMs } as const;
    const put = {
      ...({ kind: 'put_person', person, expectedVersion: before.version } as const),
      keepsAdmin: false,
    };
    const end = { kind: 'end_sessions', personId, ids: 'all' } as const;
    const events = [event, ...ended.map((one) => one.event), ...startedIn(begun.change.events)];
    const insert = { kind: 'insert_session', session: begun.session } as const;
    const change = { writes: [use, put, end, insert], events, personal };
    return { change, answer: { token: begun.token, session: begun.session, person } };
  });
  return performed.answer;
}

/** Of all that ends by it, it is told already. */
function startedIn<Event extends { readonly type: string }>(
  events: readonly Event[],
): readonly Event[] {
  return events.filter(({ type }) => type === 'session.started');
}

function refused(): InvitationRefusedError {
  return new InvitationRefusedError('This invitation is unknown, used or late.');
}
