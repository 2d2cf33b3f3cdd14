import type { CredentialForms } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { DeliveryFailure } from './destination.js';

/**
 * How a policy tries a new secret.
 * @public
 */
export type ProbeTerms = HttpProbe | CommandProbe;

/** A request of which the answer is known. */
export interface HttpProbe {
  readonly kind: 'http';
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** The header that holds the secret, and what stands before it. Both null: as the keyspace takes it. */
  readonly header: string | null;
  readonly scheme: string | null;
  readonly expect: {
    readonly status: readonly number[];
    /** A text that the body holds; null: any body. */
    readonly body: string | null;
    /** What stands at a place of a JSON body (RFC 6901); null: any. */
    readonly json: { readonly pointer: string; readonly equals: string | number | boolean } | null;
  };
  readonly timeoutMs: number;
}

/** A program of the server's configuration, by its name there. */
export interface CommandProbe {
  readonly kind: 'command';
  readonly command: string;
}

/**
 * What came of it. `busy`: so many run here that this one has not begun.
 * @public
 */
export type ProbeOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'busy' }
  | DeliveryFailure;

/**
 * Tries new secrets within what the operator's configuration allows.
 * @public
 */
export interface Prober {
  /** What it would do, for people, and why it cannot; null: it can. Reaches nothing. */
  look(probe: ProbeTerms): Promise<ProbeLook>;
  /** Uses the secret once. Its failure never holds the secret, or anything of the answer. */
  run(probe: ProbeTerms, plaintext: Plaintext, forms: CredentialForms): Promise<ProbeOutcome>;
}

/** A probe, looked at from outside. */
interface ProbeLook {
  readonly place: string;
  readonly problem: string | null;
}

/**
 * How long one may take, in milliseconds. Whoever opens a claim waits for it, and a rotation is held
 * for half a minute.
 * @public
 */
export const PROBE_LIMITS = { leastMs: 100, defaultMs: 5_000, mostMs: 10_000 } as const;

/**
 * What it does, for people. A query may hold anything, and stands in no log and on no screen.
 * @public
 */
export function placeOf(probe: ProbeTerms): string {
  if (probe.kind === 'command') return `command ${probe.command}`;
  if (!URL.canParse(probe.url)) return probe.method;
  const { origin, pathname } = new URL(probe.url);
  return `${probe.method} ${origin}${pathname}`;
}
