import { hash } from 'node:crypto';
import { canonicalJson } from '../audit/canonical.js';
import type { FieldChange } from '../audit/event.js';
import {
  AlreadyExistsError,
  IdempotencyInFlightError,
  IdempotencyMismatchError,
  InvitationRefusedError,
  type KeyturnError,
  SetupRefusedError,
  StateConflictError,
  StoreUnavailableError,
  UnauthenticatedError,
  VersionConflictError,
} from '../errors.js';
import type { KeyId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { Change, CommitResult, Conflict, IdempotencyRecord, Replan } from '../store/change.js';
import type { Replayable } from '../views.js';
import type { Act, Lifecycle } from './context.js';

const MAX_RACES = 100; // Lost to other writers of one row before giving up.
const MAX_RACE_PAUSE_MS = 50; // By chance, so that those who lost together do not meet again.
const MAX_REPEATS = 2; // Of a commit whose answer was lost: repeating it is harmless.
const REPEAT_AFTER_MS = 50;
const IDEMPOTENCY_MS = 24 * 3_600_000;
const NOTHING = { writes: [], events: [], personal: [] } as const;

/**
 * What is to be written, and what is answered once it is.
 * @public
 */
export interface Planned<T> {
  readonly change: Omit<Change, 'caller' | 'idempotency'>;
  readonly answer: T;
  /** Decides again where the key was changed meanwhile, from its row as it is then. */
  readonly again?: { readonly keyId: KeyId; readonly plan: (key: KeyRecord) => Decided<T> };
}

/** Nothing has to be written: it is so already. */
interface Unchanged<T> {
  readonly answer: T;
}

/**
 * What an act comes to.
 * @public
 */
export type Decided<T> = Planned<T> | Unchanged<T>;

/**
 * One call, as far as repeating and racing it matter.
 * @public
 */
export interface Call {
  /** Names the act and what it acts on. */
  readonly operation: string;
  readonly input: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly ifMatch?: number | undefined;
}

/**
 * What was done now, or the answer of the first call with the same idempotency key.
 * @public
 */
export type Performed<T> =
  | { readonly kind: 'done'; readonly answer: T }
  | { readonly kind: 'replayed'; readonly answer: T };

/**
 * Reads, decides and writes until nobody else wrote in between. With an idempotency key, the
 * answer is kept in the same transaction, or alone where nothing has to be written, and a
 * repeated call gets it again.
 * @throws {KeyturnError} the change was refused; nothing was written.
 * @public
 */
export async function perform<T>(
  act: Act,
  call: Call,
  plan: () => Promise<Decided<T>>,
): Promise<Performed<T>> {
  if (call.idempotencyKey === undefined) {
    return { kind: 'done', answer: await attempt(act, call, { plan, idempotencyId: null }) };
  }
  const { inFlight } = act.lifecycle;
  const idempotencyId = idempotencyIdOf(act, call);
  if (inFlight.has(idempotencyId)) {
    throw new IdempotencyInFlightError('The first request with this Idempotency-Key is not done.');
  }
  inFlight.add(idempotencyId);
  try {
    const replay = await replayOf<T>(act, call, idempotencyId);
    if (replay !== undefined) return replay;
    return { kind: 'done', answer: await attempt(act, call, { plan, idempotencyId }) };
  } catch (error) {
    // Another instance was first: its answer is ours.
    if (!(error instanceof TakenError)) throw error;
    const replay = await replayOf<T>(act, call, idempotencyId);
    if (replay !== undefined) return replay;
    throw new IdempotencyInFlightError('Another request with this Idempotency-Key is not done.', {
      cause: error,
    });
  } finally {
    inFlight.delete(idempotencyId);
  }
}

/**
 * The answer as a whole; `replayed` where it was given before.
 * @public
 */
export function replayable<T extends object>({ kind, answer }: Performed<T>): Replayable<T> {
  return kind === 'done' ? answer : { ...answer, replayed: true };
}

class TakenError extends Error {}

/**
 * The caller's key has ended, or has other rights than those that were read.
 * @public
 */
export class CallerChangedError extends UnauthenticatedError {}

interface Attempt<T> {
  readonly plan: () => Promise<Decided<T>>;
  readonly idempotencyId: string | null;
}

async function attempt<T>(act: Act, call: Call, { plan, idempotencyId }: Attempt<T>): Promise<T> {
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const decided = await plan();
    if (!('change' in decided) && idempotencyId === null) return decided.answer;
    const { answer, result } = await write(act, call, { decided, idempotencyId });
    if (result.ok) return answer;
    if (result.conflict !== 'version') throw faultOf(result.conflict);
    if (call.ifMatch !== undefined) break;
    await pauseByChance(act.lifecycle, race);
  }
  throw new VersionConflictError(
    'It was changed meanwhile. Read it again, then repeat the change.',
  );
}

interface Decision<T> {
  readonly decided: Decided<T>;
  readonly idempotencyId: string | null;
}

/** Writes what was decided, or what is decided again from the locked row of its key. */
async function write<T>(
  act: Act,
  call: Call,
  { decided, idempotencyId }: Decision<T>,
): Promise<{ readonly answer: T; readonly result: CommitResult }> {
  const first = changeOf(act, call, { decided, idempotencyId });
  let last = { change: first, answer: decided.answer };
  const again = 'change' in decided ? decided.again : undefined;
  const replan = again && {
    keyId: again.keyId,
    plan: (key: KeyRecord) => {
      const anew = again.plan(key);
      const change = changeOf(act, call, { decided: anew, idempotencyId });
      last = { change: underIdOf(first, change), answer: anew.answer };
      return last.change;
    },
  };
  const result = await commitSurely(act.lifecycle, first, replan);
  if (result.ok) await act.lifecycle.committed(last.change, result.sequence);
  return { answer: last.answer, result };
}

function changeOf<T>(act: Act, call: Call, { decided, idempotencyId }: Decision<T>): Change {
  const { answer } = decided;
  const written = 'change' in decided ? decided.change : NOTHING;
  const idempotency =
    idempotencyId === null ? null : recordOf(act, call, { idempotencyId, answer });
  return { ...written, caller: act.rights.key ?? act.rights.session, idempotency };
}

/** Decided anew, it is still the same change: a repeat of it is known by its first event's id. */
function underIdOf({ events: [first] }: Change, anew: Change): Change {
  const [event, ...rest] = anew.events;
  if (first === undefined || event === undefined) return anew;
  const personal = anew.personal.map((value) =>
    value.eventId === event.id ? { ...value, eventId: first.id } : value,
  );
  return { ...anew, events: [{ ...event, id: first.id }, ...rest], personal };
}

async function pauseByChance({ ports }: Lifecycle, race: number): Promise<void> {
  const [chance = 0] = ports.random.bytes(1);
  await ports.timers.sleep(Math.min(race, MAX_RACE_PAUSE_MS) * (chance / 255));
}

/** Repeats a commit whose answer was lost: the store knows it by its first event's id. */
async function commitSurely(
  lifecycle: Lifecycle,
  change: Change,
  replan: Replan | undefined,
): Promise<CommitResult> {
  for (let repeat = 0; ; repeat += 1) {
    try {
      return await lifecycle.store.commit(change, replan);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || repeat >= MAX_REPEATS) throw error;
      await lifecycle.ports.timers.sleep(REPEAT_AFTER_MS * (repeat + 1));
    }
  }
}

function faultOf(conflict: Exclude<Conflict, 'version'>): KeyturnError | TakenError {
  switch (conflict) {
    case 'exists':
      return new AlreadyExistsError('The name, prefix or id is taken. Choose another.');
    case 'caller':
      return new CallerChangedError(
        'Your own key or session changed or ended meanwhile. Check it.',
      );
    case 'setup_link':
      return new SetupRefusedError('This set-up link is unknown, used or late.');
    case 'invitation':
      return new InvitationRefusedError('This invitation is unknown, used or late.');
    case 'last_admin':
      return new StateConflictError(
        'No other admin has signed in yet: nobody could let people in any more. Make another first.',
      );
    case 'idempotency':
      return new TakenError();
  }
}

async function replayOf<T>(
  act: Act,
  call: Call,
  idempotencyId: string,
): Promise<Performed<T> | undefined> {
  const { store, nowMs } = act.lifecycle;
  const record = await store.findIdempotent(idempotencyId, nowMs());
  if (record === undefined) return undefined;
  if (record.bodyHash !== bodyHashOf(call)) {
    throw new IdempotencyMismatchError(
      'This Idempotency-Key was used with another body. Use a new one for a new request.',
    );
  }
  const answer: T = JSON.parse(record.answer);
  return { kind: 'replayed', answer };
}

function recordOf<T>(
  act: Act,
  call: Call,
  kept: { readonly idempotencyId: string; readonly answer: T },
): IdempotencyRecord {
  return {
    id: kept.idempotencyId,
    bodyHash: bodyHashOf(call),
    answer: JSON.stringify(kept.answer),
    expiresAt: act.lifecycle.nowMs() + IDEMPOTENCY_MS,
  };
}

/** Scoped to caller and operation: no one can ask for another's answer. */
function idempotencyIdOf({ rights }: Act, call: Call): string {
  const { kind, id } = rights.actor;
  return hash(
    'sha256',
    canonicalJson([kind, id, call.operation, call.idempotencyKey]),
    'base64url',
  );
}

function bodyHashOf(call: Call): string {
  return hash('sha256', canonicalJson(call.input ?? null), 'base64url');
}

/** The fields that differ, with what they were and are. */
export function changesBetween(
  before: Readonly<Record<string, FieldChange['from']>>,
  after: Readonly<Record<string, FieldChange['to']>>,
): readonly FieldChange[] {
  return Object.keys(after)
    .map((field) => ({ field, from: before[field] ?? null, to: after[field] ?? null }))
    .filter(({ from, to }) => canonicalJson(from) !== canonicalJson(to));
}
