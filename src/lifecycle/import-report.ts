import { canonicalJson } from '../audit/canonical.js';
import { isSameDigest } from '../keys/digest.js';
import type { KeyRecord } from '../keys/key.js';
import type { JsonValue } from '../keys/metadata.js';
import { isSlowScheme } from '../keys/scheme.js';
import type { ImportReport, ImportResult } from '../views.js';
import type { ReadRow, RefusedRow } from './import-row.js';

/** A key that was imported before, or is about to be made by this call. */
export interface Existing {
  readonly key: KeyRecord;
  readonly fingerprint: string;
  readonly isNew?: true;
}

interface Comparison {
  readonly key: KeyRecord;
  readonly existing: Existing;
}

/** What is here already is never changed by an import: it says what is different. */
export function compared(index: number, row: ReadRow, { key, existing }: Comparison): ImportResult {
  const said = factsOf(key, row.secret.fingerprint, row);
  const stored = factsOf(existing.key, existing.fingerprint, row);
  const differs = Object.keys(said).filter(
    (field) => canonicalJson(said[field] ?? null) !== canonicalJson(stored[field] ?? null),
  );
  const found = { row: index, id: row.id, key: existing.key.id, name: existing.key.name };
  if (differs.length === 0) return { ...found, outcome: 'unchanged' };
  if (hasOtherSecret(existing.key, row)) return resultOf(index, otherwise(row));
  if (existing.isNew === true) {
    const fix = 'Compare the two rows; the first one counts.';
    const reason = `Its id stands in this import before, with another ${differs.join(', ')}.`;
    return { ...found, outcome: 'differs', differs, reason, fix };
  }
  const isHash = differs.includes('secret');
  const others = differs.filter((field) => field !== 'secret');
  const what = [...others, ...(isHash ? [HASH] : [])].join(', ');
  const compare = `Compare: keyturn key show ${existing.key.id}. Change it here, or let it be.`;
  const fix = [...(others.length > 0 ? [compare] : []), ...(isHash ? [HASH_FIX] : [])].join(' ');
  const reason = `It is here already, with another ${what}. It was left as it is.`;
  const told = { ...found, outcome: 'differs', differs, reason, fix } as const;
  return isEndedThere(key, existing.key) ? { ...told, ...endedThere(key, existing.key) } : told;
}

/** Whoever ended it there believes that it is ended. */
function isEndedThere(there: KeyRecord, here: KeyRecord): boolean {
  return there.state !== 'active' && here.state === 'active';
}

function endedThere(there: KeyRecord, here: KeyRecord) {
  const verb = there.state === 'revoked' ? 'revoke' : 'disable';
  const reason = `It is ${there.state} there, and accepted here. It was left as it is.`;
  return { endedThere: true, reason, fix: `keyturn key ${verb} ${here.id}` } as const;
}

const HASH = 'hash (another algorithm or salt)';
/** The key itself may be the same, and is where its source hashes anew what it meets. */
const HASH_FIX =
  'Django makes a new hash at the first use of a key, so this is expected, and nothing has to be ' +
  'done for it.';

function factsOf(
  key: KeyRecord,
  fingerprint: string,
  row: Pick<ReadRow, 'createdAt' | 'stateReason'>,
): Readonly<Record<string, JsonValue>> {
  const { name, owner, environment, scopes, tags, state, expiresAt, notBefore } = key;
  const facts = { name, owner, environment, scopes, tags, state, expiresAt, notBefore };
  // What the row does not say is not compared.
  const createdAt = row.createdAt === null ? null : key.createdAt;
  const stateReason = row.stateReason === null ? null : key.stateReason;
  const metadata: JsonValue = JSON.parse(key.metadata);
  return { ...facts, createdAt, stateReason, metadata, secret: fingerprint };
}

/** What has the secret of a row, or had it. */
export interface Taker {
  /** It was deleted; absent: nobody may be told. */
  readonly isDeleted?: boolean;
}

/** A secret that stands for two keys, or for one that was ended for ever. */
export function takenBy(row: ReadRow, { isDeleted }: Taker): RefusedRow {
  const refused = { kind: 'refused', id: row.id, outcome: 'refused' } as const;
  if (isDeleted === true) {
    return {
      ...refused,
      reason: 'This key was revoked and deleted here, and what was revoked never comes back.',
      fix: 'Leave the row out; if its holder is to have a key again: keyturn key create.',
    };
  }
  return {
    ...refused,
    reason: 'Another key has the same secret: a request could be of either.',
    fix: 'Look for it in the source, and give one of them another secret.',
  };
}

/** For certain: a salted hash that was made anew may still be of the same secret. */
function hasOtherSecret({ secrets }: KeyRecord, { secret }: ReadRow): boolean {
  const stored = secrets.find(({ number }) => number === 1);
  const isAlike = stored?.scheme === secret.scheme && !isSlowScheme(secret.scheme);
  return isAlike && !isSameDigest(stored.digest, secret.digest);
}

/** Whoever holds this secret would be refused: that must not pass for a row that is here. */
function otherwise(row: ReadRow): RefusedRow {
  return {
    kind: 'refused',
    id: row.id,
    outcome: 'refused',
    reason: 'The same id stands for a key with another secret, in this import or here already.',
    fix: 'Give the row an id of its own; or, if the key was replaced since, rotate it here.',
  };
}

/** What is said of a row that is not taken. */
export function resultOf(index: number, { id, outcome, reason, fix }: RefusedRow): ImportResult {
  return { row: index, id, outcome, key: null, reason, fix };
}

/** The rows by outcome. */
export function totalsOf(results: readonly ImportResult[]): ImportReport['totals'] {
  const count = (outcome: ImportResult['outcome']) =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    rows: results.length,
    created: count('created'),
    unchanged: count('unchanged'),
    differs: count('differs'),
    refused: count('refused'),
    reissue: count('reissue'),
  };
}
