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
  const said = factsOf(key, row.secret.fingerprint, row.createdAt !== null);
  const stored = factsOf(existing.key, existing.fingerprint, row.createdAt !== null);
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
  const fix = `Compare: keyturn key show ${existing.key.id}. Change it here, or let it be.`;
  const reason = `It is here already, with another ${differs.join(', ')}. It was left as it is.`;
  return { ...found, outcome: 'differs', differs, reason, fix };
}

function factsOf(
  key: KeyRecord,
  fingerprint: string,
  withCreatedAt: boolean,
): Readonly<Record<string, JsonValue>> {
  const { name, owner, environment, scopes, tags, state, expiresAt, notBefore } = key;
  const facts = { name, owner, environment, scopes, tags, state, expiresAt, notBefore };
  const createdAt = withCreatedAt ? key.createdAt : null;
  const metadata: JsonValue = JSON.parse(key.metadata);
  return { ...facts, createdAt, metadata, secret: fingerprint };
}

/** A secret that stands for two keys. */
export function taken(row: ReadRow): RefusedRow {
  return {
    kind: 'refused',
    id: row.id,
    outcome: 'refused',
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
