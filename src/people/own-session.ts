import { NotFoundError } from '../errors.js';
import { sessionIdFrom } from '../keys/id.js';
import { perform } from '../lifecycle/change.js';
import type { Act } from '../lifecycle/context.js';
import { requireScope } from '../lifecycle/rights.js';
import type { SessionItem } from '../people-views.js';
import type { Page } from '../views.js';
import { maySee, requireMayChange } from './accounts.js';
import { managementOf, recordSession } from './people-events.js';
import { isOver, viewItem } from './sessions.js';

/** The caller's own sessions; of the host's people and of keys there are none. */
export async function listOwn({ lifecycle, rights }: Act): Promise<Page<SessionItem>> {
  const { session } = rights;
  if (session === null) return { items: [], nextCursor: null };
  const all = await lifecycle.store.people.listSessions(session.personId);
  const open = all.filter((one) => !isOver(one, lifecycle.nowMs()));
  const items = open.map((one) => viewItem(one, one.id === session.sessionId));
  return { items, nextCursor: null };
}

/**
 * Ends a session: one's own, or anybody's by who may change that person.
 * @throws {NotFoundError} there is none of this id that the caller may see.
 */
export async function endSession(act: Act, text: string): Promise<void> {
  const { rights, lifecycle } = act;
  const own = rights.session;
  const id = sessionIdFrom(text);
  const keyspace = await managementOf(lifecycle);
  await perform(act, { operation: `session.end ${text}`, input: null }, async () => {
    const { people } = lifecycle.store;
    const session = id === undefined ? undefined : await people.getSession(id);
    if (own === null || session?.personId !== own.personId) {
      requireScope(rights, 'people:write');
      const person = session && (await people.getPerson(session.personId));
      if (session === undefined || person === undefined || !maySee(act, person)) {
        throw unknownSession();
      }
      requireMayChange(act, person);
    }
    const { personId } = session;
    const write = { kind: 'end_sessions', personId, ids: [session.id] } as const;
    const { event } = recordSession(act, 'session.ended', { keyspace, session });
    return { change: { writes: [write], events: [event], personal: [] }, answer: null };
  });
}

function unknownSession(): NotFoundError {
  return new NotFoundError('No session has this id. Look in the list of sessions.');
}
