import type { Digest } from '../keys/digest.js';
import type { FoundSecret } from '../store/found-secret.js';
import type { SecretUpgrade } from '../store/imported.js';
import type { Entry } from './entry.js';
import { type ForeignFind, findForeign } from './foreign.js';
import type { Verifier } from './verifier.js';

/** What the store said of a digest. */
export type LoadResult =
  | Found
  | { readonly kind: 'unknown' }
  /** A slow hash would have been needed, and may not be made now. */
  | { readonly kind: 'limited'; readonly retryAfter: number }
  /** The truth cannot be had. */
  | { readonly kind: 'lost' }
  /** So many lookups are under way that this one was not begun. */
  | { readonly kind: 'busy' };

/** A secret, as it was when the store was asked or later. */
export interface Found {
  readonly kind: 'found';
  readonly entry: Entry;
  /** False: its key changed meanwhile, so this may be the state before. */
  readonly isKept: boolean;
  /** When the store was asked, in milliseconds UTC. */
  readonly askedAt: number;
  /** What its first good use makes of its hash, where it is not one of ours. */
  readonly upgrade?: Omit<SecretUpgrade, 'nowMs'> | undefined;
}

/** What is looked for. */
export interface Sought {
  readonly digest: Digest;
  /** It is a key to Keyturn itself: what has its digest elsewhere is no key. */
  readonly isOfManagement?: boolean | undefined;
  /** Where it looks like a key that was made elsewhere. */
  readonly foreign?:
    | {
        readonly plaintext: string;
        readonly lookup: string | null;
        readonly address: string | undefined;
      }
    | undefined;
}

const UNKNOWN: LoadResult = { kind: 'unknown' };
const LOST: LoadResult = { kind: 'lost' };
const BUSY: LoadResult = { kind: 'busy' };

/** Lookups of one instance that wait for the store: more would only wait longer. */
const MAX_LOOKUPS = 1_000;

/**
 * Asks the store for a digest and keeps the answer, unless something newer was heard meanwhile.
 * Answers without a promise where the store does.
 */
export function load(
  verifier: Verifier,
  sought: Sought,
  nowMs: number,
): LoadResult | Promise<LoadResult> {
  const { digest, foreign, isOfManagement } = sought;
  if (verifier.freshness.fault !== undefined) return LOST; // The store answers, and not for us.
  const underWay = verifier.loading.get(digest);
  if (underWay !== undefined) return underWay;
  if (verifier.lookups.size >= MAX_LOOKUPS) return BUSY;
  const begun = { warm: verifier.cache.beginFill(), negative: verifier.negative.beginFill() };
  const keep = (found: FoundSecret | undefined) =>
    found === undefined || (isOfManagement === true && !isManagement(verifier, found))
      ? keepUnknown(verifier, digest, { nowMs, begun: begun.negative })
      : keepFound(verifier, found, { digest, askedAt: nowMs, begun: begun.warm });
  try {
    if (foreign !== undefined) {
      const finding = findForeign(verifier, { ...foreign, nowMs });
      return joined(verifier, digest, finding.then(keepForeign(keep)));
    }
    const found = verifier.store.findByDigest(digest);
    return found instanceof Promise ? joined(verifier, digest, found.then(keep)) : keep(found);
  } catch {
    return LOST; // `unavailable`: a check never throws, and never calls a good key unknown.
  }
}

function isManagement({ keyspaces }: Verifier, { keyspaceId }: FoundSecret): boolean {
  return keyspaces.byId(keyspaceId)?.isManagement === true;
}

/** Lets others who look for the same wait for it, too. */
function joined(
  verifier: Verifier,
  digest: Digest,
  answer: Promise<LoadResult>,
): Promise<LoadResult> {
  const loading = answer
    .catch((fault: unknown) => {
      verifier.hashFaults.tell(fault, verifier.freshness.nowMs());
      return LOST; // No answer, or one that cannot be read.
    })
    .finally(() => {
      verifier.lookups.delete(loading);
      if (verifier.loading.get(digest) === loading) verifier.loading.delete(digest);
    });
  verifier.lookups.add(loading);
  verifier.loading.set(digest, loading);
  return loading;
}

type Keep = (found: FoundSecret | undefined) => LoadResult;

function keepForeign(keep: Keep): (find: ForeignFind) => LoadResult {
  return (find) => {
    if (find.kind === 'limited') return find;
    if (find.kind === 'unknown') return keep(undefined);
    const kept = keep(find.found);
    return kept.kind === 'found' ? { ...kept, upgrade: find.upgrade } : kept;
  };
}

function keepFound(
  verifier: Verifier,
  found: FoundSecret,
  fill: { readonly digest: Digest; readonly askedAt: number; readonly begun: number },
): LoadResult {
  const keyspace = verifier.keyspaces.byId(found.keyspaceId);
  // A keyspace made a moment ago on another instance: the feed brings it within the bound.
  if (keyspace === undefined) return LOST;
  const entry = verifier.preparer.entryOf(fill.digest, found, keyspace);
  const isKept = verifier.cache.fill(entry, fill.begun);
  return { kind: 'found', entry, isKept, askedAt: fill.askedAt };
}

function keepUnknown(
  verifier: Verifier,
  digest: Digest,
  fill: { readonly nowMs: number; readonly begun: number },
): LoadResult {
  verifier.negative.fill(digest, fill.nowMs, fill.begun);
  return UNKNOWN;
}
