import type { ErrorCode } from '../errors.js';
import type { RefusalCode } from '../verdict.js';

/** What a fault says over HTTP. */
interface FaultText {
  readonly status: number;
  readonly title: string;
  /** Null: the fault's own message, which is written for the caller. */
  readonly detail: string | null;
  readonly todo: string;
}

const NOT_FOUND = 'There is nothing here, or nothing this key may see.';
const STORE_TODO = 'Try again. If it stays, the operator runs "keyturn doctor" on the server.';
const STORE_DETAIL = 'The store gave no answer. A change may or may not have happened.';
const SCHEMA_DETAIL = 'The database does not fit this program.';
const SCHEMA_TODO = 'The operator runs "keyturn doctor": it says what to do.';
const UNAVAILABLE = 'Not available right now';

/**
 * Every fault's status and text. Faults of our own side tell no more than their code.
 * @public
 */
export const FAULTS: Readonly<Record<ErrorCode, FaultText>> = {
  invalid_request: {
    status: 400,
    title: 'Request not understood',
    detail: null,
    todo: 'Mend the fields that "errors" names; each has a "fix".',
  },
  unprocessable: {
    status: 422,
    title: 'Request not acceptable',
    detail: null,
    todo: 'Change the values that "errors" names; each has a "fix".',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: NOT_FOUND,
    todo: 'Look at the path and the id. A key that is bound to keyspaces sees only those.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    detail: null,
    todo: 'Use a management key that has the right itself: nobody grants what they do not have.',
  },
  unauthenticated: {
    status: 401,
    title: 'Caller no longer valid',
    detail: 'The key that made this request ended before the change was made. Nothing changed.',
    todo: 'Make the request again with a key that is active.',
  },
  version_conflict: {
    status: 412,
    title: 'Changed by someone else',
    detail: 'The version in If-Match is not the current one. Nothing changed.',
    todo: 'Read the thing again, apply the change to what it is now, and send its new version.',
  },
  state_conflict: {
    status: 409,
    title: 'Not possible in this state',
    detail: null,
    todo: 'Read the thing again: its state says what is possible. A revoked key stays revoked.',
  },
  rotation_open: {
    status: 409,
    title: 'A rotation is open',
    detail: null,
    todo: 'Look at the rotation that "rotation" names: finish it, roll it back or abort it.',
  },
  already_exists: {
    status: 409,
    title: 'Already exists',
    detail: null,
    todo: 'Choose another name, prefix or id, or use the one that is there.',
  },
  partly_done: {
    status: 503,
    title: 'Done in part',
    detail: null,
    todo: 'Repeat the request: it does the rest. With another key, if the one that asked has ended.',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'Idempotency-Key used before',
    detail: 'This Idempotency-Key came with another body before. Nothing changed.',
    todo: 'Use a new Idempotency-Key for each new request, and the same one only to repeat it.',
  },
  idempotency_in_flight: {
    status: 409,
    title: 'Still being answered',
    detail: 'The first request with this Idempotency-Key is still being answered.',
    todo: 'Wait a moment and repeat the request with the same Idempotency-Key.',
  },
  setup_refused: {
    status: 403,
    title: 'Set-up link not valid',
    detail:
      'This set-up link is unknown, was used or is older than 30 minutes, or there is a management ' +
      "key or an admin's account already.",
    todo: 'Make a key on the server: keyturn key create --keyspace keyturn --name root --scope "*".',
  },
  claim_refused: {
    status: 403,
    title: 'Link not valid',
    detail: 'This link is unknown, was used or is too old.',
    todo: 'Ask whoever sent it for a new one. If you have not opened it, tell them so: somebody did.',
  },
  sign_in_refused: {
    status: 401,
    title: 'Not signed in',
    detail: 'Nobody has this mail address and this password.',
    todo: 'Try again. Who has forgotten the password asks an admin for a new link.',
  },
  provider_unavailable: {
    status: 503,
    title: 'Provider unavailable',
    detail: 'The identity provider does not answer, or not as one. Nobody was refused.',
    todo: "Try again in a moment. If it stays so, look at the server's log and at signIn.providers of its configuration.",
  },
  too_many_tries: {
    status: 429,
    title: 'Too many tries',
    detail: 'There were too many wrong passwords. Wait as long as Retry-After says.',
    todo: 'Wait as long as Retry-After says. From another network the right password works at once.',
  },
  invitation_refused: {
    status: 403,
    title: 'Link not valid',
    detail: 'This link is unknown, was used or is older than 7 days.',
    todo: 'Ask an admin for a new one: keyturn person invite makes it.',
  },
  session_ended: {
    status: 401,
    title: 'Signed out',
    detail: 'Your session is over. Nothing changed.',
    todo: 'Sign in again. A session ends after 8 hours unused, and after 7 days.',
  },
  confirmation_required: {
    status: 403,
    title: 'Prove who you are',
    detail: null,
    todo: 'Ask POST /v1/session/confirm with the password, or the provider again; then repeat it.',
  },
  cross_site: {
    status: 403,
    title: 'Asked by another site',
    detail: 'A page of another origin asked this. Nothing changed.',
    todo: 'Open the pages at the address that "publicUrl" says. A program uses a management key.',
  },
  store_unavailable: {
    status: 503,
    title: UNAVAILABLE,
    detail: STORE_DETAIL,
    todo: STORE_TODO,
  },
  store_unwritable: {
    status: 503,
    title: UNAVAILABLE,
    detail: 'The store takes no changes right now. Nothing changed.',
    todo: STORE_TODO,
  },
  store_corrupt: {
    status: 503,
    title: UNAVAILABLE,
    detail: 'The store cannot be read.',
    todo: STORE_TODO,
  },
  store_frozen: {
    status: 503,
    title: UNAVAILABLE,
    detail: 'The database is being moved and takes no changes. Nothing changed; checks go on.',
    todo: 'Try again in a few minutes. If it stays, the operator runs "keyturn doctor".',
  },
  store_moved: {
    status: 503,
    title: UNAVAILABLE,
    detail: 'The data was moved to another database. Nothing changed.',
    todo: 'The operator points this server to the new database: "keyturn doctor" names it.',
  },
  store_quarantined: {
    status: 503,
    title: UNAVAILABLE,
    detail: 'The database is older than it should be, so no key can be trusted yet.',
    todo: 'The operator runs "keyturn quarantine show" on the server: it says what to do.',
  },
  schema_uninitialised: {
    status: 503,
    title: UNAVAILABLE,
    detail: SCHEMA_DETAIL,
    todo: SCHEMA_TODO,
  },
  schema_newer: { status: 503, title: UNAVAILABLE, detail: SCHEMA_DETAIL, todo: SCHEMA_TODO },
  schema_older: { status: 503, title: UNAVAILABLE, detail: SCHEMA_DETAIL, todo: SCHEMA_TODO },
  database_in_use: {
    status: 503,
    title: UNAVAILABLE,
    detail: 'Another server owns the database.',
    todo: SCHEMA_TODO,
  },
  dependency_missing: {
    status: 500,
    title: 'Not set up completely',
    detail: 'The server lacks a package that its settings need.',
    todo: SCHEMA_TODO,
  },
  config_invalid: {
    status: 500,
    title: 'Not set up completely',
    detail: 'A setting of the server is wrong.',
    todo: SCHEMA_TODO,
  },
  closed: {
    status: 503,
    title: UNAVAILABLE,
    detail: 'The server is stopping.',
    todo: 'Try again: another instance, or the same one once it is back, will answer.',
  },
  internal: {
    status: 500,
    title: 'Fault in Keyturn',
    detail: 'Something went wrong that should not have. The server has logged the Request-Id.',
    todo: 'Give the Request-Id to the operator, who finds it in the log.',
  },
};

/**
 * What to do about each refusal; what it is says the refusal itself.
 * @public
 */
export const REFUSAL_TODO: Readonly<Record<Exclude<RefusalCode, 'wrong_keyspace'>, string>> = {
  ambiguous: 'Send one credential, in one header, once. Look for a proxy that adds a header.',
  missing: 'Send the key in a header. In a URL it would stand in logs and browser histories.',
  malformed: 'Copy the whole key again, without quotes or spaces: the answer names the mistake.',
  unknown: 'Check that the key is for this API and this server, or ask its issuer for a new one.',
  revoked: 'Ask the issuer for a new key. This one never works again.',
  expired: 'Ask the issuer to move the expiry ("expiresAt"), or for a new key.',
  not_yet_valid: 'Wait until the key\'s "notBefore", or ask the issuer to move it.',
  disabled: 'Ask the issuer why; "enable" makes the key work again.',
  wrong_environment: 'Use the live key for the live API and the test key for the test API.',
  address_denied:
    'Call from a listed network, or ask the issuer to change "restrictions.addresses". ' +
    'Behind a proxy, the server\'s "trustedHops" has to be set.',
  origin_denied: 'Call from a listed origin, or ask to change "restrictions.origins".',
  method_denied: 'Use a listed method, or ask the issuer to change "restrictions.methods".',
  path_denied:
    'Use a listed path, or ask the issuer to change "restrictions.paths". A path with "//", ' +
    'dots, ";" or an encoded slash is refused too.',
  insufficient_scope: 'Ask the issuer for the scopes that the answer names.',
  browned_out: 'Switch to the new secret of the key; the old one works again after Retry-After.',
  rate_limited: 'Wait as long as Retry-After says, then try again. Look for a loop of wrong keys.',
  unavailable: 'Keep the key and try again after Retry-After: nothing was said against it.',
};
