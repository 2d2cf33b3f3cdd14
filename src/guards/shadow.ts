import type { Comparison, WhyUnasked } from '../comparison.js';
import type { Keyturn } from '../public.js';
import type { Denied, RefusalAnswer, Refused, VerifyRequest } from '../verdict.js';
import { after } from './after.js';
import type { Arrival } from './arrival.js';
import type { Outcome } from './guard.js';
import { type OldSaid, oldCheckOf } from './old-check.js';
import type { GuardOptions } from './options.js';
import type { Shadow } from './shadow-options.js';

/** What a guard has, whoever decides. */
export interface ShadowParts<R> {
  readonly keyturn: Keyturn;
  readonly options: GuardOptions<R>;
  readonly requestOf: (request: R, arrival: Arrival) => VerifyRequest;
  readonly refusalOf: (refused: Refused | Denied, arrival: Arrival) => RefusalAnswer;
  readonly sendable: (answer: RefusalAnswer, arrival: Arrival) => RefusalAnswer;
}

const EXCUSED: Outcome = { kind: 'excused', key: undefined, headers: {} };
const UNAVAILABLE: Refused = { valid: false, code: 'unavailable', retryAfter: 1 };

/**
 * The old check decides, and Keyturn is compared with it: beside it, and not before the answer but
 * where counts are written through. So nothing of Keyturn is on the request: no key, no header.
 */
export function inShadow<R>(shadow: Shadow<R>, parts: ShadowParts<R>) {
  const { keyturn, options, requestOf } = parts;
  const { keyspace, allow } = options;
  const askOld = oldCheckOf(shadow);
  return (request: R, arrival: Arrival): Outcome | Promise<Outcome> => {
    const { trustedHops } = keyturn.settings;
    const said = askOld({ request, arrival, trustedHops });
    let why: WhyUnasked | undefined;
    const old = after(said, (one) => {
      if (one.kind === 'unasked') why = one.why;
      return one.kind;
    });
    const comparison: Comparison = {
      keyspace,
      request: () => requestOf(request, arrival),
      old,
      whyUnasked: () => why,
      allow: allow && ((key) => allow(key, request)),
      label: labelOf(shadow, request),
    };
    const counted = keyturn.compare(comparison);
    return after(said, (one) => after(counted, () => outcomeOf(one, arrival, parts)));
  };
}

function outcomeOf<R>(old: OldSaid, arrival: Arrival, parts: ShadowParts<R>): Outcome {
  const { refusalOf, sendable } = parts;
  switch (old.kind) {
    case 'admitted':
      return EXCUSED;
    case 'unasked':
      return { kind: 'refused', answer: refusalOf(UNAVAILABLE, arrival) };
    case 'refused': {
      if (old.answer !== undefined)
        return { kind: 'refused', answer: sendable(old.answer, arrival) };
      const denied: Denied = { valid: false, code: 'forbidden', detail: old.detail };
      return { kind: 'refused', answer: refusalOf(denied, arrival) };
    }
  }
}

/** A label that cannot be had must not cost the request its answer. */
function labelOf<R>({ label }: Shadow<R>, request: R): string | undefined {
  if (typeof label !== 'function') return label;
  try {
    return String(label(request));
  } catch {
    return undefined;
  }
}
