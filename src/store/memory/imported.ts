import type { Digest } from '../../keys/digest.js';
import type { KeyId, KeyspaceId } from '../../keys/id.js';
import { type KeyRecord, stateAt } from '../../keys/key.js';
import { isSlowScheme } from '../../keys/scheme.js';
import { isLive } from '../../keys/secret.js';
import type { Conflict } from '../change.js';
import type { FoundSecret } from '../found-secret.js';
import {
  type ForeignCandidate,
  type ForeignQuery,
  type ImportedKey,
  type KeyOrigin,
  MAX_CANDIDATES,
  marksOf,
  type SecretUpgrade,
  sourceMark,
  type TakenMark,
} from '../imported.js';
import { foundOf } from './found.js';
import type { Journal } from './journal.js';
import { frozen, type Tables } from './tables.js';

/** Remembers where a key came from. */
export function putOrigin(
  tables: Tables,
  journal: Journal,
  { key, origin }: { readonly key: KeyRecord; readonly origin: KeyOrigin },
): Conflict | undefined {
  const place = sourceMark(key.keyspaceId, origin.sourceId);
  if (tables.sources.has(place)) return 'exists';
  const digests = key.secrets.map(({ digest }) => digest);
  const marks = marksOf(key.keyspaceId, digests, origin);
  if (marks.some((mark) => tables.deleted.has(mark))) return 'exists';
  journal.set(tables.sources, place, key.id);
  journal.set(tables.origins, key.id, frozen(origin));
  if (origin.lookup === null) return undefined;
  const others = tables.lookups.get(origin.lookup) ?? [];
  journal.set(tables.lookups, origin.lookup, [...others, key.id]);
  return undefined;
}

/** Leaves what refuses the key, should an import bring it again. */
export function leaveMarks(tables: Tables, journal: Journal, key: KeyRecord): void {
  const { id, keyspaceId, secrets } = key;
  const digests = secrets.map(({ digest }) => digest);
  for (const mark of marksOf(keyspaceId, digests, tables.origins.get(id))) {
    journal.set(tables.deleted, mark, keyspaceId);
  }
}

/** Forgets it, with the key. */
export function deleteOrigin(tables: Tables, journal: Journal, key: KeyRecord): void {
  const origin = tables.origins.get(key.id);
  if (origin === undefined) return;
  journal.delete(tables.origins, key.id);
  journal.delete(tables.sources, sourceMark(key.keyspaceId, origin.sourceId));
  if (origin.lookup === null) return;
  const others = tables.lookups.get(origin.lookup) ?? [];
  journal.set(
    tables.lookups,
    origin.lookup,
    others.filter((id) => id !== key.id),
  );
}

/** See Store.findForeign. */
export function findForeign(
  tables: Tables,
  { digests, lookup }: ForeignQuery,
): readonly ForeignCandidate[] {
  const direct = digests.flatMap((digest) => {
    const found = tables.found.get(digest);
    return found === undefined ? [] : candidatesOf(tables, found, digest);
  });
  const ids = lookup === null ? [] : (tables.lookups.get(lookup) ?? []);
  const slow = ids.flatMap((id) => slowSecretsOf(tables, id)).slice(0, MAX_CANDIDATES);
  return [...direct, ...slow];
}

/** See Store.findImported. */
export function findImported(
  tables: Tables,
  keyspaceId: KeyspaceId,
  sourceIds: readonly string[],
): readonly ImportedKey[] {
  return sourceIds.flatMap((sourceId) => {
    const id = tables.sources.get(sourceMark(keyspaceId, sourceId));
    const [key, origin] = id === undefined ? [] : [tables.keys.get(id), tables.origins.get(id)];
    return key === undefined || origin === undefined ? [] : [{ ...origin, key }];
  });
}

/** See Store.marksTaken. */
export function marksTaken(tables: Tables, marks: readonly string[]): readonly TakenMark[] {
  const found: ReadonlyMap<string, FoundSecret> = tables.found;
  return [...new Set(marks)].flatMap((mark): readonly TakenMark[] => {
    const live = found.get(mark);
    if (live !== undefined) return [{ mark, keyspaceId: live.keyspaceId, keyId: live.keyId }];
    const keyspaceId = tables.deleted.get(mark);
    return keyspaceId === undefined ? [] : [{ mark, keyspaceId, keyId: null }];
  });
}

/** See Store.originsOf. */
export function originsOf(
  { origins }: Tables,
  ids: readonly KeyId[],
): ReadonlyMap<KeyId, KeyOrigin> {
  const found = ids.flatMap((id) => {
    const origin = origins.get(id);
    return origin === undefined ? [] : [[id, origin] as const];
  });
  return new Map(found);
}

/** See Store.upgradeSecret. */
export function upgradeSecret(tables: Tables, upgrade: SecretUpgrade): boolean {
  const { keyId, keyspaceId, number, from, to, nowMs } = upgrade;
  const key = tables.keys.get(keyId);
  if (key?.keyspaceId !== keyspaceId || stateAt(key, nowMs) !== 'active') return false;
  const stored = tables.found.get(from);
  if (stored?.keyId !== keyId || stored.secretNumber !== number || tables.found.has(to)) {
    return false;
  }
  if (!isLive(stored.secretState)) return false;
  const secrets = key.secrets.map((secret) =>
    secret.number === number ? { ...secret, scheme: 'sha256' as const, digest: to } : secret,
  );
  tables.keys.set(keyId, frozen({ ...key, secrets }));
  tables.found.delete(from);
  tables.found.set(to, stored);
  return true;
}

function candidatesOf(tables: Tables, found: FoundSecret, digest: Digest): ForeignCandidate[] {
  const key = tables.keys.get(found.keyId);
  const secret = key?.secrets.find(({ number }) => number === found.secretNumber);
  return secret === undefined ? [] : [{ ...found, scheme: secret.scheme, digest }];
}

function slowSecretsOf(tables: Tables, id: KeyId): ForeignCandidate[] {
  const key = tables.keys.get(id);
  if (key === undefined) return [];
  return key.secrets.flatMap((secret) => {
    const { scheme, digest } = secret;
    return isSlowScheme(scheme) ? [{ ...foundOf(key, secret), scheme, digest }] : [];
  });
}
