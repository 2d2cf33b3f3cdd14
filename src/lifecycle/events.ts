import { type ChainFault, type ChainHead, chainStart, verifyEvents } from '../audit/chain.js';
import { opens } from '../audit/commitment.js';
import type { AuditEvent, PersonalValue } from '../audit/event.js';
import { formatTime } from '../keys/duration.js';
import type { KeyspaceId } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Events } from '../record-views.js';
import type { StoredEvent } from '../store/store.js';
import type { ChainReport, Event, EventQuery, List, Page } from '../views.js';
import { type Act, keyspaceOf, visibleKeyspaces } from './context.js';
import { badCursor, decodeCursor, encodeCursor, limitOf, listOf, pageAt, pageOf } from './list.js';
import { readSpan } from './moment.js';
import { requireScope } from './rights.js';

const VERIFY_PAGE = 500;

/** Events, newest first. */
export function listEvents(open: () => Promise<Act>, query: EventQuery): List<Event> {
  return listOf(async (next) => loadPage(await open(), pageAt(query, next)));
}

type Known = NonNullable<NonNullable<Parameters<Events['verify']>[0]>['known']>;

/**
 * Verifies the chains of one keyspace or of all the caller may see, from the first event, and
 * against heads that were kept outside the database.
 */
export async function verifyChains(
  act: Act,
  query: NonNullable<Parameters<Events['verify']>[0]>,
): Promise<readonly ChainReport[]> {
  requireScope(act.rights, 'events:read');
  const { keyspace: wanted, known = [] } = query;
  const keyspaces =
    wanted === undefined ? await visibleKeyspaces(act) : [await keyspaceOf(act, wanted)];
  const reports: ChainReport[] = [];
  for (const keyspace of keyspaces) {
    reports.push(await verifyChain(act, keyspace, keptOf(known, keyspace)));
  }
  if (wanted !== undefined) return reports;
  for (const id of await orphanedChains(act)) {
    const keyspace = { id, name: id };
    reports.push(withoutKeyspace(await verifyChain(act, keyspace, keptOf(known, keyspace))));
  }
  const found = new Set(reports.map(({ keyspace }) => keyspace));
  const isFound = (one: Known[number]) =>
    found.has(one.keyspace) || keyspaces.some((keyspace) => isOf(one, keyspace));
  const lost = known.filter((one) => !isFound(one));
  const names = new Set(lost.map(({ keyspace }) => keyspace));
  return [...reports, ...[...names].map(lostChain)];
}

type Chained = Pick<KeyspaceRecord, 'id' | 'name'>;

/** Chains that the caller may see, of keyspaces that are gone. */
async function orphanedChains({ lifecycle, rights }: Act): Promise<readonly KeyspaceId[]> {
  const { within } = rights;
  const rows = new Set((await lifecycle.store.listKeyspaces()).map(({ id }) => id));
  const chains = (await lifecycle.store.listChains()).filter((id) => !rows.has(id));
  return within === 'all' ? chains : chains.filter((id) => within.includes(id));
}

/** Whole as its chain may be: no keyspace is ever deleted by us. */
function withoutKeyspace(report: ChainReport): ChainReport {
  const fault: ChainFault = { kind: 'truncated', number: report.head.number + 1 };
  return { ...report, ok: false, fault: report.fault ?? fault };
}

function keptOf(known: Known, keyspace: Chained): readonly ChainHead[] {
  return known.filter((one) => isOf(one, keyspace)).map(({ head }) => head);
}

function isOf({ keyspace }: Known[number], { id, name }: Chained): boolean {
  return keyspace === name || keyspace === id;
}

/** Of a keyspace that had a chain, and is not there: no keyspace is ever deleted by us. */
function lostChain(keyspace: string): ChainReport {
  const fault: ChainFault = { kind: 'truncated', number: 1 };
  return { keyspace, ok: false, eventCount: 0, head: { number: 0, hash: '' }, fault };
}

async function verifyChain(
  act: Act,
  keyspace: Chained,
  kept: readonly ChainHead[],
): Promise<ChainReport> {
  const { store } = act.lifecycle;
  const stored = await store.chainHead(keyspace.id); // First: events only get more meanwhile.
  const heads = stored === undefined ? kept : [...kept, stored];
  let head: ChainHead = chainStart(keyspace.id);
  let fault: ChainFault | null = null;
  let afterSequence: number | undefined;
  while (fault === null) {
    const page = await store.listEvents({
      within: [keyspace.id],
      limit: VERIFY_PAGE,
      order: 'oldest',
      afterSequence,
    });
    const last = page.at(-1);
    if (last === undefined) break;
    const verified = verifyEvents(page, head);
    fault = verified.ok ? headFault(page, heads) : verified.fault;
    fault ??= await personalFault(act, page);
    if (verified.ok) head = verified.head;
    afterSequence = last.sequence;
  }
  fault ??= endFault(head, heads);
  fault ??= addedFault(head, await store.chainHead(keyspace.id)); // Last, for the same reason.
  return { keyspace: keyspace.name, ok: fault === null, eventCount: head.number, head, fault };
}

function headFault(page: readonly AuditEvent[], heads: readonly ChainHead[]): ChainFault | null {
  const rewritten = heads.find((head) => {
    const event = page.find(({ number }) => number === head.number);
    return event !== undefined && event.hash !== head.hash;
  });
  return rewritten === undefined ? null : { kind: 'rewritten', number: rewritten.number };
}

/** Every keyspace has an event: the one that made it. */
function endFault(head: ChainHead, heads: readonly ChainHead[]): ChainFault | null {
  const furthest = Math.max(1, ...heads.map(({ number }) => number));
  return furthest > head.number ? { kind: 'truncated', number: head.number + 1 } : null;
}

/** What we append moves the stored head with it; what stands behind it is none of ours. */
function addedFault(head: ChainHead, stored: ChainHead | undefined): ChainFault | null {
  const storedNumber = stored?.number ?? 0;
  return storedNumber < head.number ? { kind: 'rewritten', number: storedNumber + 1 } : null;
}

/** A value beside the chain must be what its commitment was made of. */
async function personalFault(act: Act, page: readonly AuditEvent[]): Promise<ChainFault | null> {
  const values = await act.lifecycle.store.personalValues(page.flatMap(commitmentsOf));
  const edited = values.find(({ commitment, salt, value }) => !opens(commitment, salt, value));
  if (edited === undefined) return null;
  const event = page.find(({ id }) => id === edited.eventId);
  return { kind: 'edited', number: event?.number ?? 0 };
}

async function loadPage(act: Act, query: EventQuery): Promise<Page<Event>> {
  requireScope(act.rights, 'events:read');
  const limit = limitOf(query);
  const { store, nowMs } = act.lifecycle;
  const keyspace = query.keyspace === undefined ? undefined : await keyspaceOf(act, query.keyspace);
  const rows = await store.listEvents({
    within: keyspace === undefined ? act.rights.within : [keyspace.id],
    subjectId: query.subject,
    type: query.type,
    ...readSpan(query, { nowMs: nowMs(), agoMs: null }),
    limit: limit + 1,
    afterSequence: sequenceOf(query.cursor),
    order: 'newest',
  });
  const values = await store.personalValues(rows.flatMap(commitmentsOf));
  const names = new Map((await visibleKeyspaces(act)).map(({ id, name }) => [id, name]));
  return pageOf(rows, limit, {
    item: (row) => viewEvent(row, names.get(row.keyspaceId) ?? row.keyspaceId, values),
    cursor: (row) => encodeCursor([row.sequence]),
  });
}

function viewEvent(
  event: StoredEvent,
  keyspaceName: string,
  values: readonly PersonalValue[],
): Event {
  const { id, number, type, actor, subject, changes, reason, requestId } = event;
  const { previousHash, hash } = event;
  const commitments = commitmentsOf(event);
  const own = values.filter(({ commitment }) => commitments.includes(commitment));
  const personal = Object.fromEntries(
    own.map(({ commitment, value }) => [commitment, JSON.parse(value)]),
  );
  return {
    // In the order of the HTTP API: the command line prints the same bytes from a database.
    ...{ id, keyspace: keyspaceName, number, type, at: formatTime(event.at) },
    ...{ actor, subject, changes, reason, requestId, previousHash, hash, personal },
  };
}

function commitmentsOf(event: AuditEvent): string[] {
  return event.changes
    .flatMap(({ from, to }) => [from, to])
    .filter((value) => typeof value === 'string')
    .filter((value) => value.startsWith('commitment:'));
}

function sequenceOf(cursor: string | undefined): number | undefined {
  const part = decodeCursor(cursor, 1)?.[0];
  if (part === undefined) return undefined;
  const sequence = Number(part);
  if (!Number.isSafeInteger(sequence)) throw badCursor();
  return sequence;
}
