import { AlreadyExistsError, NotFoundError } from '../errors.js';
import { formatTime } from '../keys/duration.js';
import { newPersonId, personIdFrom } from '../keys/id.js';
import type { Plaintext } from '../keys/plaintext.js';
import { type Call, type Decided, type Performed, perform } from '../lifecycle/change.js';
import { requireVersion } from '../lifecycle/change-key.js';
import type { Act } from '../lifecycle/context.js';
import { badCursor, limitOf, listOf, MAX_LIMIT, pageAt, pageOf } from '../lifecycle/list.js';
import { requireCovers, requireScope } from '../lifecycle/rights.js';
import type { Person, PersonInput, PersonPatch, SessionItem } from '../people-views.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type { PersonRecord } from '../store/people.js';
import type { PageCut } from '../store/store.js';
import type { List, Page, PageQuery } from '../views.js';
import { patchedPerson } from './account-input.js';
import { planInvitation } from './invitations.js';
import { managementOf, recordPerson, recordSession } from './people-events.js';
import { SCOPES_OF } from './roles.js';
import { isOver, viewItem } from './sessions.js';

/** A person with the token of its link; without one where the call is a repeat. */
export interface Invited {
  readonly person: Person;
  readonly link: { readonly token: Plaintext; readonly expiresAt: string } | null;
}

/** A person with the token of its link, which was made now. */
export interface NewlyInvited extends Invited {
  readonly link: NonNullable<Invited['link']>;
}

/** @throws {AlreadyExistsError} somebody has this mail address. */
export async function createPerson(
  act: Act,
  input: PersonInput,
  options: WriteOptions,
): Promise<Invited> {
  requireScope(act.rights, 'people:write');
  const keyspace = await managementOf(act.lifecycle);
  const { nowMs, ports, store } = act.lifecycle;
  let link: Invited['link'] = null;
  const performed = await performOn(
    act,
    { operation: 'person.create', input, ...options },
    async () => {
      const timeMs = nowMs();
      const blank: PersonRecord = {
        id: newPersonId({ nowMs: timeMs, random: ports.random }),
        ...{ name: input.name, email: input.email, role: input.role, keyspaces: null },
        ...{ password: null, signedInAt: null, createdAt: timeMs, updatedAt: timeMs, version: 1 },
      };
      const person = await patchedPerson(act, blank, input);
      requireMayChange(act, person);
      // Last: who may not invite this person does not learn whether somebody has the address.
      if ((await store.people.personByEmail(input.email)) !== undefined) throw taken();
      const invited = planInvitation(act, person);
      link = invited.link;
      const put = { kind: 'put_person', person, expectedVersion: 0, keepsAdmin: false } as const;
      const { event, personal } = recordPerson(act, 'person.created', {
        ...{ keyspace, before: null, after: person },
      });
      return {
        change: { writes: [put, invited.write], events: [event], personal },
        answer: person,
      };
    },
  );
  return { person: performed, link };
}

/** @throws {NotFoundError} nobody has this id. */
export async function getPerson(act: Act, id: string): Promise<Person> {
  requireScope(act.rights, 'people:read');
  return viewPerson(await readPerson(act, id));
}

/** By id: in the order in which they were made. */
export function listPeople(open: () => Promise<Act>, query: PageQuery): List<Person> {
  return listOf(async (next) => {
    const act = await open();
    requireScope(act.rights, 'people:read');
    const { cursor } = pageAt(query, next);
    const after = cursor === undefined ? null : personIdFrom(cursor);
    if (after === undefined) throw badCursor();
    const limit = limitOf(query);
    const rows = await visiblePeople(act, { limit: limit + 1, after });
    return pageOf(rows, limit, { item: viewPerson, cursor: ({ id }) => id });
  });
}

async function visiblePeople(
  act: Act,
  { limit, after }: PageCut,
): Promise<readonly PersonRecord[]> {
  const { people } = act.lifecycle.store;
  const found: PersonRecord[] = [];
  for (let last = after; found.length < limit; ) {
    const page: readonly PersonRecord[] = await people.listPeople({
      limit: MAX_LIMIT,
      after: last,
    });
    found.push(...page.filter((one) => maySee(act, one)));
    if (page.length < MAX_LIMIT) break;
    last = page.at(-1)?.id ?? null;
  }
  return found.slice(0, limit);
}

/** Changes what the patch names. */
export async function updatePerson(
  act: Act,
  id: string,
  { patch, options }: { readonly patch: PersonPatch; readonly options: UpdateOptions },
): Promise<Person> {
  requireScope(act.rights, 'people:write');
  const keyspace = await managementOf(act.lifecycle);
  const call = { operation: `person.update ${id}`, input: patch, ...options };
  return performOn(act, call, async () => {
    const before = await readPerson(act, id);
    requireVersion(before, options.ifMatch);
    requireMayChange(act, before);
    const patched = await patchedPerson(act, before, patch);
    requireMayChange(act, patched);
    const updatedAt = act.lifecycle.nowMs();
    const person = { ...patched, updatedAt, version: before.version + 1 };
    const type = 'person.updated';
    const { event, personal } = recordPerson(act, type, { keyspace, before, after: person });
    if (event.changes.length === 0) return { answer: before };
    const put = {
      ...({ kind: 'put_person', person, expectedVersion: before.version } as const),
      keepsAdmin: losesAdmin(act, before, person),
    };
    return { change: { writes: [put], events: [event], personal }, answer: person };
  });
}

/** A new link; those from before open nothing any more. */
export async function invitePerson(act: Act, id: string): Promise<NewlyInvited> {
  requireScope(act.rights, 'people:write');
  const keyspace = await managementOf(act.lifecycle);
  const { write, link } = planInvitation(act, await readPerson(act, id));
  const call = { operation: `person.invite ${id}`, input: null };
  const person = await performOn(act, call, async () => {
    const before = await readPerson(act, id);
    requireMayChange(act, before);
    const facts = { keyspace, before, after: before };
    const { event } = recordPerson(act, 'person.invited', facts);
    return { change: { writes: [write], events: [event], personal: [] }, answer: before };
  });
  return { person, link };
}

/** Removes a person and all it has open, and erases what is known of it beside the trail. */
export async function removePerson(act: Act, id: string, options: UpdateOptions): Promise<void> {
  requireScope(act.rights, 'people:write');
  const keyspace = await managementOf(act.lifecycle);
  const call = { operation: `person.remove ${id}`, input: null, ...options };
  await perform(act, call, async () => {
    const before = await readPerson(act, id);
    requireVersion(before, options.ifMatch);
    requireMayChange(act, before);
    const { people } = act.lifecycle.store;
    const ended = (await people.listSessions(before.id)).map((session) =>
      recordSession(act, 'session.ended', { keyspace, session }),
    );
    const { event } = recordPerson(act, 'person.removed', { keyspace, before, after: before });
    const remove = {
      ...({ kind: 'delete_person', personId: before.id, expectedVersion: before.version } as const),
      keepsAdmin: losesAdmin(act, before, undefined),
    };
    const erase = { kind: 'erase_personal', keyspaceId: keyspace.id, ownerId: before.id } as const;
    const events = [event, ...ended.map((one) => one.event)];
    return { change: { writes: [remove, erase], events, personal: [] }, answer: null };
  });
}

/** What a person has open, the newest first. */
export async function sessionsOf(act: Act, id: string): Promise<Page<SessionItem>> {
  requireScope(act.rights, 'people:read');
  const { store, nowMs } = act.lifecycle;
  const person = await readPerson(act, id);
  const open = (await store.people.listSessions(person.id)).filter((one) => !isOver(one, nowMs()));
  const own = act.rights.session?.sessionId;
  return { items: open.map((one) => viewItem(one, one.id === own)), nextCursor: null };
}

/**
 * Nobody changes who may do more: they would let themselves in by the link or the address. A role
 * is not granted, either, that is not within the caller's own rights.
 * @throws {ForbiddenError} it is not.
 */
export function requireMayChange({ rights }: Act, { role, keyspaces }: PersonRecord): void {
  const restrictions = keyspaces === null ? {} : { keyspaces };
  requireCovers(rights, { scopes: SCOPES_OF[role], expiresAt: null, restrictions });
}

/** Who is bound to keyspaces sees those who are bound to no others. */
export function maySee({ rights }: Act, { keyspaces }: PersonRecord): boolean {
  const { within } = rights;
  return within === 'all' || (keyspaces?.every((id) => within.includes(id)) ?? false);
}

/** Who has access to the database can always let somebody in. */
function losesAdmin({ rights }: Act, before: PersonRecord, after: PersonRecord | undefined) {
  return !rights.isUnbound && before.role === 'admin' && after?.role !== 'admin';
}

async function readPerson(act: Act, text: string): Promise<PersonRecord> {
  const id = personIdFrom(text);
  const person = id === undefined ? undefined : await act.lifecycle.store.people.getPerson(id);
  if (person !== undefined && maySee(act, person)) return person;
  throw new NotFoundError('Nobody has this id. Look in the list of people.');
}

/**
 * A change of one person. Nothing personal is kept for its repeat, where no removal would find it:
 * a repeat is answered with the person as it is then.
 */
async function performOn(
  act: Act,
  call: Call,
  plan: () => Promise<Decided<PersonRecord>>,
): Promise<Person> {
  const performed: Performed<{ id: string }> = await perform(act, call, async () => {
    const decided = await plan();
    const answer = { id: decided.answer.id };
    return 'change' in decided ? { change: decided.change, answer } : { answer };
  });
  return viewPerson(await readPerson(act, performed.answer.id));
}

function viewPerson(person: PersonRecord): Person {
  const { id, name, email, role, keyspaces, version } = person;
  return {
    ...{ id, name, email, role, keyspaces },
    state: person.signedInAt === null ? 'invited' : 'active',
    createdAt: formatTime(person.createdAt),
    updatedAt: formatTime(person.updatedAt),
    version,
  };
}

function taken(): AlreadyExistsError {
  return new AlreadyExistsError('Somebody has this mail address. Invite that person anew instead.');
}
