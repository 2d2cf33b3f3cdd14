import type { EventDraft, PersonalValue } from '../audit/event.js';
import { AlreadyExistsError, ForbiddenError, StateConflictError } from '../errors.js';
import { MAX_FOREIGN_SHAPES, withShape } from '../keys/foreign-shape.js';
import { newKeyId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { SecretScheme } from '../keys/scheme.js';
import type { WriteOptions } from '../public.js';
import type { Write } from '../store/change.js';
import { type KeyOrigin, marksOf, type TakenMark } from '../store/imported.js';
import type { ImportInput, ImportReport, ImportResult } from '../views.js';
import { type Decided, perform, replayable } from './change.js';
import { type Act, keyspaceOf } from './context.js';
import {
  compared,
  type Existing,
  resultOf,
  type Taker,
  takenBy,
  totalsOf,
} from './import-report.js';
import { type ReadRow, type RefusedRow, readRow } from './import-row.js';
import { recordKey } from './key-events.js';
import { planKeyspace } from './keyspaces.js';
import { requireScope } from './rights.js';

const MAX_RACES = 3; // With another import of the same rows: it made them, so they are unchanged.

/**
 * Takes keys over that were made elsewhere: all rows of a call in one transaction, each key with
 * its event. What is there already stays as it is, so it is safe to repeat.
 * @throws {ForbiddenError} the keyspace is that of the management keys.
 * @throws {KeyturnError} a store fault: nothing was written.
 */
export async function importKeys(
  act: Act,
  input: ImportInput,
  options: WriteOptions,
): Promise<ImportReport> {
  requireScope(act.rights, 'keys:write');
  const named = await keyspaceOf(act, input.keyspace);
  if (named.isManagement) {
    throw new ForbiddenError(
      'Management keys cannot be imported: only this Keyturn makes keys to itself. Name another ' +
        'keyspace.',
    );
  }
  const plan = async () => {
    const keyspace = await keyspaceOf(act, named.id);
    const rows = readRows(act, input, keyspace);
    return planImport(act, { keyspace, rows, isDry: input.dryRun === true });
  };
  if (input.dryRun === true) {
    const { rows, totals } = (await plan()).answer;
    // What is not made has no id.
    const made = new Set(rows.filter(isCreated).map(({ key }) => key));
    const planned = rows.map((row) => (made.has(row.key) ? { ...row, key: null } : row));
    return { rows: planned, totals, dryRun: true };
  }
  const call = { operation: `key.import ${named.id}`, input, ...options };
  for (let race = 1; ; race += 1) {
    try {
      return replayable(await perform(act, call, plan));
    } catch (fault) {
      if (!(fault instanceof AlreadyExistsError) || race === MAX_RACES) throw fault;
    }
  }
}

function isCreated({ outcome }: ImportResult): boolean {
  return outcome === 'created';
}

type Row = ReadRow | RefusedRow;

function readRows(act: Act, input: ImportInput, keyspace: KeyspaceRecord): readonly Row[] {
  const { foreign } = act.lifecycle;
  const canCheck = (scheme: SecretScheme) => foreign?.canCheck(scheme) ?? false;
  const nowMs = act.lifecycle.nowMs();
  const fromKeyspace = input.fromKeyspace ?? keyspace.name;
  return input.rows.map((row): Row => {
    const read = readRow(row, { keyspace, fromKeyspace, nowMs });
    if (read.kind === 'refused' || canCheck(read.secret.scheme)) return read;
    return {
      kind: 'refused',
      id: read.id,
      outcome: 'refused',
      reason: 'Its hash is argon2 or bcrypt, and the package that checks those is not installed.',
      fix: 'Run: npm install hash-wasm',
    };
  });
}

interface Batch {
  readonly keyspace: KeyspaceRecord;
  readonly rows: readonly Row[];
  readonly isDry: boolean;
}

/** What is there already, and what this call is about to make. */
interface Known {
  readonly bySource: Map<string, Existing>;
  /** Of secrets that are here, and of keys that were deleted. */
  readonly marks: Map<string, Taker>;
}

async function planImport(act: Act, batch: Batch): Promise<Decided<ImportReport>> {
  const known = await knownOf(act, batch);
  const made: { readonly row: ReadRow; readonly key: KeyRecord }[] = [];
  const results = batch.rows.map((row, index): ImportResult => {
    if (row.kind === 'refused') return resultOf(index, row);
    const key = keyOf(act, row, batch.keyspace);
    const existing = known.bySource.get(row.sourceId);
    if (existing !== undefined) return compared(index, row, { key, existing });
    const marks = marksOfRow(row, batch.keyspace).map((mark) => known.marks.get(mark));
    const taker = marks.find((one) => one !== undefined);
    if (taker !== undefined) return resultOf(index, takenBy(row, taker));
    known.bySource.set(row.sourceId, { key, fingerprint: row.secret.fingerprint, isNew: true });
    known.marks.set(row.secret.digest, {});
    made.push({ row, key });
    const notes = row.notes.length === 0 ? {} : { notes: row.notes };
    return { row: index, id: row.id, outcome: 'created', key: key.id, name: key.name, ...notes };
  });
  const answer = { rows: results, totals: totalsOf(results) };
  return made.length === 0 ? { answer } : { change: changeOf(act, batch.keyspace, made), answer };
}

async function knownOf(act: Act, { keyspace, rows, isDry }: Batch): Promise<Known> {
  const { lifecycle, rights } = act;
  const read = rows.filter((row) => row.kind === 'read');
  const sourceIds = [...new Set(read.map(({ sourceId }) => sourceId))];
  const find = () => lifecycle.store.findImported(keyspace.id, sourceIds);
  let imported = await find();
  const marks = [...new Set(read.flatMap((row) => marksOfRow(row, keyspace)))];
  // Read after it: a key that is deleted meanwhile is found by its row, or by what is left of it.
  const found = await lifecycle.store.marksTaken(marks);
  const known = new Set(imported.map(({ key }) => key.id));
  // And again for one that another import made meanwhile: its mark alone would refuse its own row.
  if (found.some(({ keyId }) => keyId !== null && !known.has(keyId))) imported = await find();
  const isSeen = ({ keyspaceId }: TakenMark) =>
    rights.within === 'all' || rights.within.includes(keyspaceId);
  // A plan changes nothing and leaves no trace, so it tells a caller that is bound to keyspaces of
  // no key elsewhere. To import one has to be refused.
  const told = isDry ? found.filter(isSeen) : found;
  return {
    bySource: new Map(imported.map((one) => [one.sourceId, one])),
    marks: new Map(
      told.map((one) => [one.mark, { isDeleted: one.keyId === null && isSeen(one) }] as const),
    ),
  };
}

function marksOfRow({ secret, sourceId }: ReadRow, { id }: KeyspaceRecord): readonly string[] {
  const { digest, fingerprint } = secret;
  return marksOf(id, [digest], { sourceId, fingerprint });
}

/** The key that a row becomes. */
function keyOf({ lifecycle, rights }: Act, row: ReadRow, keyspace: KeyspaceRecord): KeyRecord {
  const nowMs = lifecycle.nowMs();
  const createdAt = row.createdAt ?? nowMs;
  const { scheme, digest, hint } = row.secret;
  const secretState = row.state === 'revoked' ? 'revoked' : 'current';
  return {
    ...row.fields,
    id: newKeyId({ nowMs, random: lifecycle.ports.random }),
    keyspaceId: keyspace.id,
    environment: row.environment,
    state: row.state,
    stateReason: reasonOf(row),
    stateChangedAt: nowMs,
    stateChangedBy: rights.actor.id,
    createdAt,
    updatedAt: nowMs,
    makerId: rights.key?.keyId ?? rights.personId,
    version: 1,
    secrets: [{ number: 1, scheme, digest, hint, state: secretState, createdAt, ...WITHOUT_END }],
  };
}

function reasonOf({ state, stateReason }: ReadRow): string | null {
  return stateReason ?? (state === 'active' ? null : `${state} before it was imported`);
}

const WITHOUT_END = { expiresAt: null, deadline: null, brownout: null } as const;

/** The keys with their events and, first, the shapes by which their keyspace knows them. */
function changeOf(
  act: Act,
  keyspace: KeyspaceRecord,
  made: readonly { readonly row: ReadRow; readonly key: KeyRecord }[],
) {
  const writes: Write[] = [];
  const events: EventDraft[] = [];
  const personal: PersonalValue[] = [];
  const foreignShapes = shapesFor(keyspace, made);
  const planned = planKeyspace(act, keyspace, { ...keyspace, foreignShapes });
  if (planned !== undefined) {
    writes.push(planned.write);
    events.push(planned.event);
  }
  for (const { row, key } of made) {
    const { sourceId, secret } = row;
    const origin: KeyOrigin = { sourceId, fingerprint: secret.fingerprint, lookup: secret.lookup };
    writes.push({ kind: 'insert_key', key, origin });
    const recorded = recordKey(act, 'key.created', {
      before: null,
      after: key,
      reason: 'imported',
    });
    events.push(recorded.event);
    personal.push(...recorded.personal);
  }
  return { writes, events, personal };
}

function shapesFor(keyspace: KeyspaceRecord, made: readonly { readonly row: ReadRow }[]) {
  let shapes = keyspace.foreignShapes;
  for (const { row } of made) {
    if (row.secret.shape !== null) shapes = withShape(shapes, row.secret.shape);
  }
  if (shapes.length <= MAX_FOREIGN_SHAPES) return shapes;
  throw new StateConflictError(
    `The keyspace "${keyspace.name}" knows ${MAX_FOREIGN_SHAPES} shapes of foreign keys already. ` +
      'Set "foreignShapes" to fewer and wider ones, or import into another keyspace.',
  );
}
