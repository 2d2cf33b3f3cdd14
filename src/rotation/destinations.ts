import type {
  CreatedDestination,
  DestinationInput,
  DestinationPatch,
  DestinationQuery,
  DestinationTrial,
  KeyDestination,
} from '../destination-views.js';
import {
  AlreadyExistsError,
  NotFoundError,
  StateConflictError,
  UnprocessableError,
} from '../errors.js';
import { destinationIdFrom, newDestinationId } from '../keys/id.js';
import { faultInText } from '../keys/text.js';
import { perform } from '../lifecycle/change.js';
import { type Located, locateKey, requireVersion } from '../lifecycle/change-key.js';
import { type Act, keyspaceOf, visibleKeyspaces } from '../lifecycle/context.js';
import { badCursor, limitOf, listOf, pageAt, pageOf } from '../lifecycle/list.js';
import { requireCovers, requireScope } from '../lifecycle/rights.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type { DestinationRecord } from '../store/automation.js';
import type { List } from '../views.js';
import { destinationEvent, settingsText, viewDestination } from './destination-record.js';
import { openPlace, tryPlace } from './destination-trial.js';
import type { Engine } from './engine.js';
import { missedBy } from './missed-places.js';
import { keyOf } from './named-key.js';

/** Of one key. A rotation writes them one after the other. */
const MAX_DESTINATIONS = 20;

/** @throws {UnprocessableError} the configuration does not allow this place, or has no such kind. */
export async function createDestination(
  engine: Engine,
  act: Act,
  call: { readonly input: DestinationInput; readonly options: WriteOptions },
): Promise<CreatedDestination> {
  const { input, options } = call;
  requireScope(act.rights, 'destinations:write');
  const named = { operation: `destination.create ${input.key}`, input, ...options };
  const performed = await perform(act, named, async () => {
    const located = await keyToDeliver(act, input.key);
    refuseRevoked(located);
    const { key, keyspace } = located;
    const { kind, name } = input;
    requireName(name);
    const others = await act.lifecycle.store.automation.destinationsOf(key.id);
    requirePlaceFor(others, name);
    const settings = settingsText(input.settings);
    await openPlace(engine, { keyId: key.id, kind, settings });
    const nowMs = act.lifecycle.nowMs();
    const destination: DestinationRecord = {
      id: newDestinationId({ nowMs, random: act.lifecycle.ports.random }),
      keyId: key.id,
      keyspaceId: key.keyspaceId,
      ...{ name, kind, settings },
      position: input.position ?? 1 + Math.max(0, ...others.map(({ position }) => position)),
      createdAt: nowMs,
      updatedAt: nowMs,
      version: 1,
    };
    const change = putOf(act, { before: undefined, after: destination });
    const missing = await missedBy(act.lifecycle.store, key);
    const answer = { ...viewDestination(destination, keyspace.name), ...missing };
    return { change, answer };
  });
  return performed.answer;
}

/** Changes what the patch names. A rotation that is open goes on to where it looked when it began. */
export async function updateDestination(
  engine: Engine,
  act: Act,
  call: { readonly id: string; readonly patch: DestinationPatch; readonly options: UpdateOptions },
): Promise<KeyDestination> {
  const { id, patch, options } = call;
  requireScope(act.rights, 'destinations:write');
  const named = { operation: `destination.update ${id}`, input: patch, ...options };
  const performed = await perform(act, named, async () => {
    const { record: before, keyspace } = await destinationToChange(act, id);
    requireVersion(before, options.ifMatch);
    const { name = before.name, position = before.position } = patch;
    requireName(name);
    const settings = patch.settings === undefined ? before.settings : settingsText(patch.settings);
    const { keyId, kind } = before;
    if (patch.settings !== undefined) await openPlace(engine, { keyId, kind, settings });
    const edited = { ...before, name, position, settings };
    const isSame = name === before.name && position === before.position;
    if (isSame && settings === before.settings) {
      return { answer: viewDestination(before, keyspace.name) };
    }
    const updatedAt = act.lifecycle.nowMs();
    const after = { ...edited, updatedAt, version: before.version + 1 };
    const change = putOf(act, { before, after });
    return { change, answer: viewDestination(after, keyspace.name) };
  });
  return performed.answer;
}

/** What stands there stays. */
export async function deleteDestination(
  act: Act,
  id: string,
  options: UpdateOptions,
): Promise<void> {
  requireScope(act.rights, 'destinations:write');
  const call = { operation: `destination.delete ${id}`, input: null, ...options };
  await perform(act, call, async () => {
    const { record } = await destinationToChange(act, id);
    requireVersion(record, options.ifMatch);
    const expectedVersion = record.version;
    const event = destinationEvent(act, 'destination.deleted', {
      before: record,
      after: undefined,
    });
    const write = { kind: 'delete_destination', destination: record, expectedVersion } as const;
    return { change: { writes: [write], events: [event], personal: [] }, answer: null };
  });
}

/** Looks whether it could be written now, and which of the key's secrets stands there. */
export async function testDestination(
  engine: Engine,
  act: Act,
  id: string,
): Promise<DestinationTrial> {
  requireScope(act.rights, 'destinations:write');
  const { record, key } = await destinationToChange(act, id);
  return tryPlace(await openPlace(engine, record), key);
}

/** @throws {NotFoundError} there is none that the caller may see. */
export async function getDestination(act: Act, id: string): Promise<KeyDestination> {
  requireScope(act.rights, 'destinations:read');
  const record = await locate(act, id);
  const keyspaces = await visibleKeyspaces(act);
  const keyspace = keyspaces.find((one) => one.id === record.keyspaceId);
  if (keyspace === undefined) throw unknownDestination();
  return viewDestination(record, keyspace.name);
}

/** By id. */
export function listDestinations(
  open: () => Promise<Act>,
  query: DestinationQuery,
): List<KeyDestination> {
  return listOf(async (next) => {
    const act = await open();
    requireScope(act.rights, 'destinations:read');
    const { cursor } = pageAt(query, next);
    if (cursor !== undefined && destinationIdFrom(cursor) === undefined) throw badCursor();
    const keyspaces = await visibleKeyspaces(act);
    const named = query.keyspace === undefined ? undefined : await keyspaceOf(act, query.keyspace);
    const limit = limitOf(query);
    const rows = await act.lifecycle.store.automation.listDestinations({
      within: named === undefined ? keyspaces.map(({ id }) => id) : [named.id],
      keyId: keyOf(query.key),
      limit: limit + 1,
      after: cursor ?? null,
    });
    const names = new Map(keyspaces.map(({ id, name }) => [id, name]));
    return pageOf(rows, limit, {
      item: (row) => viewDestination(row, names.get(row.keyspaceId) ?? ''),
      cursor: ({ id }) => id,
    });
  });
}

/** What writes a destination, with its event. */
function putOf(
  act: Act,
  of: { readonly before: DestinationRecord | undefined; readonly after: DestinationRecord },
) {
  const { before, after: destination } = of;
  const type = before === undefined ? 'destination.created' : 'destination.updated';
  const expectedVersion = before?.version ?? 0;
  const write = { kind: 'put_destination', destination, expectedVersion } as const;
  return { writes: [write], events: [destinationEvent(act, type, of)], personal: [] };
}

/**
 * Who says where a key's secret goes receives it: that is to rotate it, and no less. Of a management
 * key it is all that the key may do.
 */
async function keyToDeliver(act: Act, id: string): Promise<Located> {
  const located = await locateKey(act, id);
  requireScope(act.rights, 'keys:rotate');
  if (located.keyspace.isManagement) requireCovers(act.rights, located.key);
  return located;
}

async function destinationToChange(
  act: Act,
  id: string,
): Promise<Located & { readonly record: DestinationRecord }> {
  const record = await locate(act, id);
  return { ...(await keyToDeliver(act, record.keyId)), record };
}

async function locate(act: Act, id: string): Promise<DestinationRecord> {
  const known = destinationIdFrom(id);
  const { automation } = act.lifecycle.store;
  const found = known && (await automation.getDestination(known, act.rights.within));
  if (found === undefined) throw unknownDestination();
  return found;
}

function unknownDestination(): NotFoundError {
  return new NotFoundError('No destination has this id. Look in the list of destinations.');
}

function refuseRevoked({ key }: Located): void {
  if (key.state !== 'revoked') return;
  throw new StateConflictError('This key is revoked, and that is for ever. Create another key.');
}

function requireName(name: string): void {
  const message = faultInText(name);
  if (message === undefined) return;
  const fix = 'Use 1 to 200 printable characters, like "prod-env".';
  throw new UnprocessableError([{ pointer: '/name', message, fix }]);
}

function requirePlaceFor(others: readonly DestinationRecord[], name: string): void {
  if (others.some((one) => one.name === name)) {
    throw new AlreadyExistsError('The key has a destination of this name. Choose another.');
  }
  if (others.length < MAX_DESTINATIONS) return;
  throw new StateConflictError(
    `A key has ${MAX_DESTINATIONS} destinations at the most. Delete one, or deliver to a command ` +
      'that writes to several places.',
  );
}
