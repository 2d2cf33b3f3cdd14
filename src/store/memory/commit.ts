import { chainStart, linkEvent } from '../../audit/chain.js';
import type { EventDraft } from '../../audit/event.js';
import { InternalError } from '../../errors.js';
import type { KeyspaceId } from '../../keys/id.js';
import { stateAt } from '../../keys/key.js';
import type { Change, CommitResult, Conflict, KeyCaller, Replan } from '../change.js';
import { requireWritable } from '../standing.js';
import type { StoredEvent } from '../store.js';
import { tooManyBrownouts } from './brownouts.js';
import { Journal } from './journal.js';
import { maySessionCall } from './people.js';
import { frozen, standingOf, type Tables } from './tables.js';
import { applyWrite } from './writes.js';

/** One transaction: JavaScript runs it to its end before any other begins. */
export function commit(
  tables: Tables,
  change: Change,
  { nowMs, replan }: { readonly nowMs: number; readonly replan?: Replan | undefined },
): CommitResult {
  const result = commitOnce(tables, change, nowMs);
  if (result.ok || result.conflict !== 'version' || replan === undefined) return result;
  const key = tables.keys.get(replan.keyId);
  return key === undefined ? result : commitOnce(tables, replan.plan(key), nowMs);
}

function commitOnce(tables: Tables, change: Change, nowMs: number): CommitResult {
  const [first] = change.events;
  if (first === undefined && change.writes.length > 0)
    throw new InternalError('A change without an event cannot be committed.');
  const known = first === undefined ? undefined : tables.sequences.get(first.id);
  if (known !== undefined) return { ok: true, sequence: known };
  const setsStanding = change.writes.some(({ kind }) => kind === 'set_standing');
  if (!setsStanding) requireWritable(standingOf(tables));
  const journal = new Journal(nowMs);
  try {
    const conflict = conflictOf(tables, change, { journal, nowMs });
    if (conflict === undefined) return { ok: true, sequence: record(tables, change, journal) };
    journal.undo();
    return { ok: false, conflict };
  } catch (fault) {
    journal.undo();
    throw fault;
  }
}

function conflictOf(
  tables: Tables,
  change: Change,
  { journal, nowMs }: { readonly journal: Journal; readonly nowMs: number },
): Conflict | undefined {
  if (!mayCall(tables, change.caller, nowMs)) return 'caller';
  const { idempotency } = change;
  if (idempotency !== null) {
    const expiresAt = tables.idempotency.get(idempotency.id)?.expiresAt ?? Number.NEGATIVE_INFINITY;
    if (expiresAt > nowMs) return 'idempotency';
    journal.set(tables.idempotency, idempotency.id, frozen(idempotency));
  }
  for (const write of change.writes) {
    const conflict = applyWrite(tables, journal, write);
    if (conflict !== undefined) return conflict;
  }
  return tooManyBrownouts(tables, change.writes);
}

function mayCall(tables: Tables, caller: Change['caller'], nowMs: number): boolean {
  if (caller === null) return true;
  if ('sessionId' in caller) return maySessionCall(tables, caller, nowMs);
  const key = tables.keys.get(caller.keyId);
  if (key === undefined || stateAt(key, nowMs) !== 'active') return false;
  return caller.rights === null || rightsTextOf(key) === rightsTextOf(caller.rights);
}

function rightsTextOf({ scopes, expiresAt, restrictions }: NonNullable<KeyCaller['rights']>) {
  return JSON.stringify([scopes, expiresAt, restrictions]);
}

/** Writes what the change leaves behind. @returns the sequence number of its last event. */
function record(tables: Tables, change: Change, journal: Journal): number {
  for (const value of change.personal) {
    journal.set(tables.personal, value.commitment, frozen(value));
  }
  const linked = linkAll(tables, change.events, journal);
  const sequence = tables.events.length + linked.length;
  for (const event of linked) journal.set(tables.sequences, event.id, sequence);
  tables.events.push(...linked); // Last, because the journal does not know how to take it back.
  return sequence;
}

function linkAll(
  tables: Tables,
  drafts: readonly EventDraft[],
  journal: Journal,
): readonly StoredEvent[] {
  const head = (id: KeyspaceId) => tables.heads.get(id) ?? chainStart(id);
  return drafts.map((draft, index) => {
    const event = linkEvent(draft, head(draft.keyspaceId));
    journal.set(tables.heads, draft.keyspaceId, frozen({ number: event.number, hash: event.hash }));
    return frozen({ ...event, sequence: tables.events.length + index + 1 });
  });
}
