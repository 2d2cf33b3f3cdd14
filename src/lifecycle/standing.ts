import type { EventDraft, EventType } from '../audit/event.js';
import { StateConflictError } from '../errors.js';
import { MANAGEMENT_KEYSPACE } from '../keys/keyspace.js';
import type { Write } from '../store/change.js';
import type { StoreMode, StoreStanding } from '../store/standing.js';
import type { StoredEvent } from '../store/store.js';
import { perform } from './change.js';
import { requireReason } from './change-key.js';
import { type Act, keyspaceOf } from './context.js';
import { recordFact } from './key-events.js';

/** From which modes an act leads where, and how it is told. */
interface Passage {
  readonly type: EventType;
  readonly from: readonly StoreMode[];
  readonly standing: Omit<StoreStanding, 'sinceAt'>;
  readonly reason?: string | null;
}

/**
 * Takes no more changes, because the database is moved; checks go on.
 * @param to where, without a password.
 * @throws {StateConflictError} it is being moved elsewhere, was moved, or is in quarantine.
 * @public
 */
export async function freeze(act: Act, to: string): Promise<void> {
  const standing = { mode: 'frozen', detail: to } as const;
  await pass(act, { type: 'database.frozen', from: ['open'], standing });
}

/**
 * Takes changes again: the move was given up.
 * @throws {StateConflictError} it was moved, or is in quarantine.
 * @public
 */
export async function thaw(act: Act): Promise<void> {
  const standing = { mode: 'open', detail: null } as const;
  await pass(act, { type: 'database.thawed', from: ['frozen'], standing });
}

/**
 * Accepts no key until somebody has looked at what was lost.
 * @param detail what is known of it; a sentence.
 * @public
 */
export async function quarantine(act: Act, detail: string): Promise<void> {
  const standing = { mode: 'quarantined', detail } as const;
  await pass(act, { type: 'database.quarantined', from: ['open', 'frozen'], standing });
}

/**
 * Ends a quarantine: what was lost is accepted as lost.
 * @throws {StateConflictError} the database was moved.
 * @public
 */
export async function releaseQuarantine(act: Act, reason: string): Promise<void> {
  requireReason(reason);
  const standing = { mode: 'open', detail: null } as const;
  await pass(act, { type: 'database.released', from: ['quarantined'], standing, reason });
}

/**
 * The event of a database that is elsewhere now. It is written to both.
 * @param to where, without a password.
 * @public
 */
export async function draftMove(act: Act, to: string): Promise<EventDraft> {
  const keyspace = await keyspaceOf(act, MANAGEMENT_KEYSPACE.name);
  const { event } = recordFact(act, {
    type: 'database.moved',
    keyspaceId: keyspace.id,
    subject: { kind: 'database', id: keyspace.id },
    before: {},
    after: { database: to },
  });
  return event;
}

/**
 * The last change that was made; undefined: none was.
 * @public
 */
export async function lastEventOf({ lifecycle }: Act): Promise<StoredEvent | undefined> {
  const filter = { within: 'all', limit: 1, order: 'newest' } as const;
  return (await lifecycle.store.listEvents(filter))[0];
}

async function pass(act: Act, passage: Passage): Promise<void> {
  const { store, nowMs } = act.lifecycle;
  const keyspace = await keyspaceOf(act, MANAGEMENT_KEYSPACE.name);
  await perform(act, { operation: passage.type, input: null }, async () => {
    const now = await store.standing();
    if (isSame(now, passage)) return { answer: null };
    if (!passage.from.includes(now.mode)) throw impossible(now, passage);
    const sinceAt = nowMs();
    const standing: StoreStanding = { ...passage.standing, sinceAt };
    const write: Write = { kind: 'set_standing', standing, expectedMode: now.mode };
    const { event } = recordFact(act, {
      type: passage.type,
      keyspaceId: keyspace.id,
      // Its management keyspace is what no other database has.
      subject: { kind: 'database', id: keyspace.id },
      reason: passage.reason ?? null,
      before: { mode: now.mode, detail: now.detail },
      after: { mode: standing.mode, detail: standing.detail },
    });
    return { change: { writes: [write], events: [event], personal: [] }, answer: null };
  });
}

/** Repeating it changes nothing; but a move to another place is another move. */
function isSame(now: StoreStanding, { standing }: Passage): boolean {
  if (now.mode !== standing.mode) return false;
  return now.mode !== 'frozen' || now.detail === standing.detail;
}

function impossible({ mode, detail }: StoreStanding, { type }: Passage): StateConflictError {
  const about = detail === null ? '' : ` (${detail})`;
  return new StateConflictError(
    `The database is ${MODES[mode]}${about}, so it ${DONE[type] ?? 'stays so'}. Look with keyturn doctor.`,
  );
}

const MODES: Readonly<Record<StoreMode, string>> = {
  open: 'open',
  frozen: 'being moved',
  moved: 'moved already',
  filling: 'being filled',
  quarantined: 'in quarantine',
};

/** What cannot be done. */
const DONE: Readonly<Partial<Record<EventType, string>>> = {
  'database.frozen': 'cannot be moved',
  'database.thawed': 'cannot take changes again',
  'database.quarantined': 'cannot be put in quarantine',
  'database.released': 'cannot be released',
};
