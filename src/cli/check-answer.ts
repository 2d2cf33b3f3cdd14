import { StoreUnavailableError } from '../errors.js';
import type { Keyturn } from '../public.js';
import { statusOf } from '../retiring.js';
import type { Refused, Verdict, VerifiedKey } from '../verdict.js';

/** A verdict as `POST /v1/keys/verify` says it. */
type CheckAnswer =
  | {
      readonly valid: true;
      readonly key: VerifiedKey;
      readonly status?: 'retiring';
      readonly deadline?: string;
    }
  | {
      readonly valid: false;
      readonly code: string;
      readonly retryAfter?: number;
      readonly status?: 'retiring';
      readonly deadline?: string;
    };

/** A verdict for programs, and what it says to a person where more is known. */
export interface Check {
  readonly answer: CheckAnswer;
  readonly detail: string | null;
}

/**
 * A verdict of this process, in the words of the HTTP API.
 * @param trouble what was said last of why the truth cannot be had.
 * @throws {StoreUnavailableError} it cannot.
 */
export function checkOf(keyturn: Keyturn, verdict: Verdict, trouble?: string): Check {
  if (!verdict.valid) {
    if (verdict.code === 'unavailable') throw unavailableFor(trouble);
    return { answer: refusalOf(verdict), detail: detailOf(keyturn, verdict) };
  }
  const { key, secret } = verdict;
  return { answer: { valid: true, key, ...statusOf(secret) }, detail: null };
}

function unavailableFor(trouble: string | undefined): StoreUnavailableError {
  const sentence = 'Whether the key is valid cannot be told now';
  if (trouble === undefined) return new StoreUnavailableError(`${sentence}. Ask again later.`);
  return new StoreUnavailableError(`${sentence}: ${trouble.replace(/\.$/, '')}.`);
}

function refusalOf({ code, retryAfter, secret }: Refused): CheckAnswer {
  // From outside, a key of another keyspace is an unknown one.
  const said = { valid: false, code: code === 'wrong_keyspace' ? 'unknown' : code } as const;
  return { ...said, ...(retryAfter !== undefined && { retryAfter }), ...statusOf(secret) };
}

/** The sentence that the HTTP API would say, with the likely mistake in it. */
function detailOf(keyturn: Keyturn, refused: Refused): string | null {
  const problem: { detail?: string } = JSON.parse(keyturn.refusalAnswer(refused).body);
  return problem.detail ?? null;
}
