import type { Comparison, OldVerdict } from '../comparison.js';
import { KeyturnError } from '../errors.js';
import { digestOf } from '../keys/digest.js';
import { keyIdFrom } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { printableName } from '../keys/text.js';
import type { Log } from '../ports.js';
import type { Disagreement, ShadowOutcome } from '../store/shadow.js';
import type { Verdict, VerifyRequest } from '../verdict.js';
import { ComparisonTally } from './comparison-tally.js';
import { readCredential } from './credential.js';
import { ShadowVerifier } from './shadow-verifier.js';
import { UnaskedLog } from './unasked-log.js';
import type { Verifier } from './verifier.js';
import { verify } from './verify.js';

const MAX_LABEL_LENGTH = 64;
const NO_VERDICT: ReadonlySet<string> = new Set(['unavailable', 'internal']);
const HINT_DIGITS = 8; // Enough to tell credentials apart, too few to find one by.

/** What Keyturn would have decided. */
interface Judgement {
  readonly isAdmitted: boolean;
  /** Why not; empty where it is. */
  readonly code: string;
  readonly keyId: Disagreement['keyId'];
  readonly request: VerifyRequest | undefined;
}

/**
 * Checks beside an older check, and counts whether both decide alike.
 * @public
 */
export class Comparer {
  readonly tally = new ComparisonTally();
  readonly #verifier: Verifier;
  readonly #unasked: UnaskedLog;

  constructor(of: Verifier, log: Log) {
    this.#unasked = new UnaskedLog(log);
    this.#verifier = new ShadowVerifier(of, log);
  }

  /** Settles when it is counted; never rejects. */
  async compare(comparison: Comparison): Promise<void> {
    const [judgement, old] = await Promise.all([this.#judge(comparison), comparison.old]);
    const why = old === 'unasked' ? comparison.whyUnasked?.() : undefined;
    if (why !== undefined) this.#unasked.tell(why, this.#nowMs());
    // Looked up now: the check itself may have been the first to hear of its keyspace.
    const keyspace = this.#verifier.keyspaces.find(comparison.keyspace);
    if (keyspace !== undefined) this.#count(keyspace, { comparison, judgement, old });
  }

  /** Counts comparisons that are not made. */
  skip(named: string | undefined, count: number): void {
    const keyspace = this.#verifier.keyspaces.find(named);
    if (keyspace === undefined) return;
    for (let told = 0; told < count; told += 1) {
      this.tally.count(keyspace.id, 'skipped', this.#nowMs());
    }
  }

  /** Whatever the application's own functions throw, nobody who waits for the old check hears it. */
  async #judge({ request, allow }: Comparison): Promise<Judgement> {
    let asked: VerifyRequest | undefined;
    try {
      asked = request();
      const verdict = await verify(this.#verifier, asked);
      if (!verdict.valid || allow === undefined) return judgementOf(verdict, asked);
      if ((await allow(verdict.key)) === true) return judgementOf(verdict, asked);
      return { ...judgementOf(verdict, asked), isAdmitted: false, code: 'forbidden' };
    } catch (fault) {
      const code = fault instanceof KeyturnError ? fault.code : 'internal';
      return { isAdmitted: false, code, keyId: '', request: asked };
    }
  }

  #count(
    keyspace: KeyspaceRecord,
    of: {
      readonly comparison: Comparison;
      readonly judgement: Judgement;
      readonly old: OldVerdict;
    },
  ): void {
    const { judgement, old, comparison } = of;
    const nowMs = this.#nowMs();
    const outcome = outcomeOf(judgement, old);
    if (outcome !== 'disagreed') {
      this.tally.count(keyspace.id, outcome, nowMs);
      return;
    }
    const { code, keyId, request } = judgement;
    const hint = keyId === '' && request !== undefined ? hintIn(request, keyspace) : '';
    const place = { keyspaceId: keyspace.id, keyId, hint, label: labelOf(comparison), code };
    this.tally.disagree({ ...place, count: 1, firstAt: nowMs, lastAt: nowMs });
  }

  #nowMs(): number {
    return this.#verifier.freshness.nowMs();
  }
}

function outcomeOf({ isAdmitted, code }: Judgement, old: OldVerdict): ShadowOutcome {
  if (old === 'unasked') return 'unasked';
  if (code === 'rate_limited') return 'skipped'; // A bound of these checks themselves.
  if (isAdmitted !== (old === 'admitted')) return 'disagreed';
  if (isAdmitted) return 'both_admitted';
  // It says nothing of the key, so that both refuse it is chance.
  return NO_VERDICT.has(code) ? 'undecided' : 'both_refused';
}

function judgementOf(verdict: Verdict, request: VerifyRequest): Judgement {
  const keyId = keyIdFrom(verdict.valid ? verdict.key.id : (verdict.keyId ?? '')) ?? '';
  return { isAdmitted: verdict.valid, code: verdict.valid ? '' : verdict.code, keyId, request };
}

function labelOf({ label = '' }: Comparison): string {
  return (printableName(label) ?? '').slice(0, MAX_LABEL_LENGTH);
}

/** The beginning of the SHA-256 of what was sent; empty: there was not one credential. */
function hintIn(request: VerifyRequest, keyspace: KeyspaceRecord): string {
  const sent = plaintextIn(request, keyspace);
  if (sent === undefined) return '';
  return Buffer.from(digestOf(sent), 'base64url').toString('hex').slice(0, HINT_DIGITS);
}

function plaintextIn(request: VerifyRequest, keyspace: KeyspaceRecord): string | undefined {
  if ('plaintext' in request) return request.plaintext;
  const credential = readCredential(request.headers, request.url, keyspace);
  return credential.kind === 'one' ? credential.plaintext : undefined;
}
