import type { Digest } from '../keys/digest.js';
import type { FoundSecret } from '../store/found-secret.js';
import type { SecretUpgrade } from '../store/imported.js';
import type { Entry } from './entry.js';
import { type ForeignText, findForeign } from './foreign.js';
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
  readonly isOfManagement: boolean;
  /** Where it looks like a key that was made elsewhere. */
  readonly foreign: ForeignText | undefined;
}

/** A lookup that was begun. */
interface Begun extends Sought {
  readonly askedAt: number;
  /** To be given back to the two caches. */
  readonly warm: number;
  readonly negative: number;
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
  const { digest, isOfManagement, foreign } = sought;
  if (verifier.freshness.fault !== undefined) return LOST; // The store answers, and not for us.
  const underWay = verifier.loading.get(digest);
  if (underWay !== undefined) return underWay;
  if (verifier.lookups.size >= MAX_LOOKUPS) return BUSY;
  const warm = verifier.cache.beginFill();
  const negative = verifier.negative.beginFill();
  const begun = { digest, isOfManagement, foreign, askedAt: nowMs, warm, negative };
  try {
    if (foreign !== undefined) return loadForeign(verifier, begun, foreign);
    const found = verifier.store.findByDigest(digest);
    if (found instanceof Promise) return loadLater(verifier, begun, found);
    return keep(verifier, begun, found);
  } catch (fault) {
    verifier.loadFaults.tell(fault, nowMs);
    return LOST; // `unavailable`: a check never throws, and never calls a good key unknown.
  }
}

function loadLater(
  verifier: Verifier,
  begun: Begun,
  finding: Promise<FoundSecret | undefined>,
): Promise<LoadResult> {
  const answer = finding.then((found) => keep(verifier, begun, found));
  return joined(verifier, begun.digest, answer);
}

function loadForeign(verifier: Verifier, begun: Begun, foreign: ForeignText): Promise<LoadResult> {
  const finding = findForeign(verifier, foreign, begun.askedAt);
  const answer = finding.then((find): LoadResult => {
    if (find.kind === 'limited') return find;
    if (find.kind === 'unknown') return keep(verifier, begun, undefined);
    const kept = keep(verifier, begun, find.found);
    return kept.kind === 'found' ? { ...kept, upgrade: find.upgrade } : kept;
  });
  return joined(verifier, begun.digest, answer);
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
      verifier.loadFaults.tell(fault, verifier.freshness.nowMs());
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

function keep(verifier: Verifier, begun: Begun, found: FoundSecret | undefined): LoadResult {
  if (found === undefined || (begun.isOfManagement && !isManagement(verifier, found))) {
    verifier.negative.fill(begun.digest, begun.askedAt, begun.negative);
    return UNKNOWN;
  }
  const keyspace = verifier.keyspaces.byId(found.keyspaceId);
  // A keyspace made a moment ago on another instance: the feed brings it within the bound.
  if (keyspace === undefined) return LOST;
  const entry = verifier.preparer.entryOf(begun.digest, found, keyspace);
  const isKept = verifier.cache.fill(entry, begun.warm);
  return { kind: 'found', entry, isKept, askedAt: begun.askedAt };
}
