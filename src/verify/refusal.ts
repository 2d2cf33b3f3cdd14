import {
  type CredentialForms,
  DEFAULT_CREDENTIALS,
  DEFAULT_KEYSPACE,
  type KeyspaceRecord,
  type RefusalForm,
} from '../keys/keyspace.js';
import { MISTAKE_TEXT } from '../keys/mistake.js';
import type { Denied, RefusalAnswer, RefusalCode, Refused } from '../verdict.js';
import { BUDGET } from './budget.js';
import { asDrf } from './refusal-drf.js';

interface RefusalText {
  readonly status: 400 | 401 | 403 | 429 | 503;
  readonly title: string;
  readonly detail: string;
}

/** What each refusal says to the person whose request was refused (docs/codes). */
const REFUSALS: Readonly<Record<Exclude<RefusalCode, 'wrong_keyspace'>, RefusalText>> = {
  ambiguous: {
    status: 400,
    title: 'More than one API key',
    detail: 'The request carries two credentials, or one twice. Send exactly one.',
  },
  missing: {
    status: 401,
    title: 'API key missing',
    detail: 'The request carries no API key.',
  },
  malformed: {
    status: 401,
    title: 'Not an API key',
    detail: 'The text that was sent cannot be a key of this API.',
  },
  unknown: {
    status: 401,
    title: 'API key unknown',
    detail: 'No key of this API is the one that was sent. Ask its issuer for a new one.',
  },
  revoked: {
    status: 401,
    title: 'API key revoked',
    detail: 'This key was revoked and will not work again. Ask its issuer for a new one.',
  },
  expired: {
    status: 401,
    title: 'API key expired',
    detail: 'This key has expired. Ask its issuer to extend it, or for a new one.',
  },
  not_yet_valid: {
    status: 401,
    title: 'API key not valid yet',
    detail: 'This key is not valid yet. Try again when its validity begins.',
  },
  disabled: {
    status: 401,
    title: 'API key disabled',
    detail: 'This key is disabled for now. Ask its issuer to enable it.',
  },
  wrong_environment: {
    status: 403,
    title: 'Wrong environment',
    detail: 'This key belongs to the other environment. Use a live key for live, test for test.',
  },
  address_denied: {
    status: 403,
    title: 'Address not allowed',
    detail: 'This key may not be used from this network address.',
  },
  origin_denied: {
    status: 403,
    title: 'Origin not allowed',
    detail: 'This key may not be used from this origin.',
  },
  method_denied: {
    status: 403,
    title: 'Method not allowed for this key',
    detail: 'This key may not be used with this HTTP method.',
  },
  path_denied: {
    status: 403,
    title: 'Path not allowed for this key',
    detail: 'This key may not be used on this path.',
  },
  insufficient_scope: {
    status: 403,
    title: 'Scope missing',
    detail: 'This key lacks a scope that this request needs.',
  },
  browned_out: {
    status: 403,
    title: 'Old secret refused on trial',
    detail:
      'A new secret of this key is out, and this old one will end. It is refused for a few minutes, ' +
      'to show who still uses it: switch to the new secret, or try again after Retry-After.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    detail: 'Too many requests. Wait as long as Retry-After says.',
  },
  unavailable: {
    status: 503,
    title: 'Keys cannot be checked right now',
    detail: 'The key could not be checked. It may be good: keep it, and try again.',
  },
};

const OWN_HEADER = 'x-api-key';
const DENIED = 'The application does not admit this key.';

/** Where the pages about the codes are, and whose keys were asked for. */
export interface RefusalPlace {
  /** A code's `type`: the address of its page, or its name. */
  readonly typeOf: (code: string) => string;
  readonly keyspace: KeyspaceRecord | undefined;
  /** Undefined: as the keyspace has chosen. */
  readonly refusal: RefusalForm | undefined;
}

/**
 * A refusal as status, headers and body (RFC 9110 §11.6.1, RFC 9457). A key of another keyspace
 * is `unknown` from outside, with the same bytes.
 * @public
 */
export function answerRefusal(refused: Refused | Denied, place: RefusalPlace): RefusalAnswer {
  const isDenied = refused.code === 'forbidden';
  const answer = isDenied ? answerDenied(refused, place) : answerRefused(refused, place);
  const form = place.refusal ?? place.keyspace?.refusal;
  return form === 'drf' ? asDrf(answer, isDenied ? refused.detail : undefined) : answer;
}

/** The application's own refusal. */
function answerDenied({ code, detail = DENIED }: Denied, { typeOf }: RefusalPlace): RefusalAnswer {
  const problem = { type: typeOf(code), title: 'Not allowed', status: 403, detail, code };
  const headers = { 'content-type': 'application/problem+json' };
  return { status: 403, headers, body: JSON.stringify(problem) };
}

function answerRefused(refused: Refused, place: RefusalPlace): RefusalAnswer {
  const code = refused.code === 'wrong_keyspace' ? 'unknown' : refused.code;
  const { status, title, detail } = REFUSALS[code];
  const said = refused.mistake === undefined ? detail : MISTAKE_TEXT[refused.mistake];
  const isToBeSent = code === 'missing' && refused.mistake !== 'in_url';
  const told = isToBeSent ? `${said} ${howToSend(formsOf(place))}` : said;
  const problem = { type: place.typeOf(code), title, status, detail: told, code };
  const body = JSON.stringify(refused.scopes ? { ...problem, scopes: refused.scopes } : problem);
  return { status, headers: headersOf(refused, status, place), body };
}

function headersOf(refused: Refused, status: number, place: RefusalPlace): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 401) headers['www-authenticate'] = challengeOf(place);
  if (refused.retryAfter !== undefined) headers['retry-after'] = String(refused.retryAfter);
  return status === 429 ? { ...headers, ...rateLimitFields(refused) } : headers;
}

/** The failure budget, the one limit there is (draft-ietf-httpapi-ratelimit-headers §3, §4). */
function rateLimitFields({ retryAfter }: Refused): Record<string, string> {
  const { name, quota, windowSeconds } = BUDGET;
  const reset = retryAfter === undefined ? '' : `;t=${retryAfter}`;
  return {
    'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
    ratelimit: `"${name}";r=0${reset}`,
  };
}

function formsOf({ keyspace }: RefusalPlace): CredentialForms {
  return keyspace?.credentials ?? DEFAULT_CREDENTIALS;
}

/** One of the ways that the keyspace accepts: it has a scheme, or at least a header. */
function howToSend({ schemes: [scheme], headers: [header = OWN_HEADER] }: CredentialForms): string {
  if (scheme !== undefined) return `Send it as "Authorization: ${titleCase(scheme)} <key>".`;
  return `Send it as "${titleCase(header)}: <key>".`;
}

/**
 * One challenge per scheme the keyspace accepts; its name needs no quoting. A 401 has to carry one
 * (RFC 9110 §11.6.1), so where keys stand in a header of their own it names that.
 */
function challengeOf(place: RefusalPlace): string {
  const {
    schemes,
    headers: [header = OWN_HEADER],
  } = formsOf(place);
  const realm = `realm="${place.keyspace?.name ?? DEFAULT_KEYSPACE.name}"`;
  if (schemes.length > 0) {
    return schemes.map((scheme) => `${titleCase(scheme)} ${realm}`).join(', ');
  }
  return `Api-Key ${realm}, header="${header}"`;
}

function titleCase(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
