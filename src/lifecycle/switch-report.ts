import type { SwitchDisagreement, SwitchQuery, SwitchReport } from '../comparison.js';
import { formatTime } from '../keys/duration.js';
import { keyIdFrom, keyspaceIdFrom } from '../keys/id.js';
import {
  type Disagreement,
  type DisagreementPlace,
  partsOf,
  SHADOW_BUCKET_MS,
  type ShadowReading,
} from '../store/shadow.js';
import { type Act, keyspaceOf, visibleKeyspaces } from './context.js';
import { badCursor, decodeCursor, encodeCursor, limitOf, pageOf } from './list.js';
import { readMoment } from './moment.js';
import { requireScope } from './rights.js';

const PLACE_PARTS = 5;
/** A check that was not compared may be the one that differs: of so many, at most one. */
const COMPARED_FOR_ONE = 100;

/**
 * Whether Keyturn decides as the check before it does, and where it does not.
 * @throws {NotFoundError} there is no such keyspace that the caller may see.
 */
export async function switchReport(act: Act, query: SwitchQuery): Promise<SwitchReport> {
  requireScope(act.rights, 'keys:read');
  const { store, nowMs } = act.lifecycle;
  const limit = limitOf(query);
  const sinceMs = readMoment('/since', query.since, nowMs()) ?? 0;
  const keyspace = query.keyspace === undefined ? undefined : await keyspaceOf(act, query.keyspace);
  const reading = await store.comparisons({
    within: keyspace === undefined ? act.rights.within : [keyspace.id],
    sinceMs: sinceMs - (sinceMs % SHADOW_BUCKET_MS),
    limit: limit + 1,
    after: placeIn(query.cursor),
  });
  const names = new Map((await visibleKeyspaces(act)).map(({ id, name }) => [id, name]));
  const { startAt, rowCount } = reading;
  const checks = checksOf(reading);
  return {
    since: startAt === null ? null : formatTime(startAt),
    checks,
    disagreements: rowCount,
    isSafe: rowCount === 0 && isEvidence(checks),
    ...pageOf(reading.rows, limit, {
      item: (row) => viewDisagreement(row, names.get(row.keyspaceId) ?? ''),
      cursor: (row) => encodeCursor(partsOf(row)),
    }),
  };
}

function checksOf({ outcomes }: ShadowReading): SwitchReport['checks'] {
  const { both_admitted: admitted, both_refused: refused, ...others } = outcomes;
  const { disagreed, undecided, unasked, skipped } = others;
  return { agreed: admitted + refused, admitted, disagreed, undecided, unasked, skipped };
}

/** A client that sends no key proves nothing, however often both refuse it. */
function isEvidence(checks: SwitchReport['checks']): boolean {
  const { agreed, admitted, undecided, unasked, skipped } = checks;
  return admitted > 0 && agreed >= (undecided + unasked + skipped) * COMPARED_FOR_ONE;
}

function viewDisagreement(row: Disagreement, keyspace: string): SwitchDisagreement {
  const isRefused = row.code !== '';
  return {
    keyspace,
    key: row.keyId || null,
    hint: row.hint || null,
    label: row.label || null,
    old: isRefused ? 'admitted' : 'refused',
    keyturn: isRefused ? 'refused' : 'admitted',
    code: row.code || null,
    count: row.count,
    firstAt: formatTime(row.firstAt),
    lastAt: formatTime(row.lastAt),
  };
}

function placeIn(cursor: string | undefined): DisagreementPlace | null {
  const parts = decodeCursor(cursor, PLACE_PARTS);
  if (parts === undefined) return null;
  const [keyspace = '', key = '', hint = '', label = '', code = ''] = parts;
  const keyspaceId = keyspaceIdFrom(keyspace);
  if (keyspaceId === undefined) throw badCursor();
  return { keyspaceId, keyId: keyIdFrom(key) ?? '', hint, label, code };
}
