import { type Form, type Forms, objectOf, required, wholeNumber } from '../form.js';
import type { LastWord } from './options.js';

/** An older check that decides while Keyturn is only compared with it; `R` is the host's request. */
export interface Shadow<R> {
  /**
   * Asks the old check. A function answers `true`, `false`, `{ refuse }` or a `Response`; of that,
   * and of an address, 2xx admits, 401 and 403 refuse and are handed on. Whatever else it is, throws,
   * or takes too long for: nobody knows, and the request is refused as `unavailable`.
   */
  readonly ask: ((request: R, signal: AbortSignal) => OldWord | Promise<OldWord>) | OldEndpoint;
  /** How long the old check may take. Default 5 000. */
  readonly timeoutMs?: number | undefined;
  /** What the report calls the place, e.g. the route; at most 64 characters are kept. */
  readonly label?: string | ((request: R) => string) | undefined;
}

/** Where the old check is asked by HTTP. Redirects are not followed. */
export interface OldEndpoint {
  readonly url: string;
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | undefined;
  /**
   * The request's headers that it is sent, beside `X-Forwarded-Method`, `-Uri` and `-For`. Default:
   * all but those of the connection, of the body, and what a client says of where it comes from.
   */
  readonly headers?: readonly string[] | undefined;
}

/** What an old check says. */
export type OldWord = LastWord | Response;

const MAX_TIMEOUT_MS = 60_000;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/; // RFC 9110 §5.6.2.

const url: Form = {
  wanted: 'an address',
  fits: isAddress,
  fix: 'Write "http://127.0.0.1:8000/check", without a password in it.',
};
const method: Form = {
  wanted: 'one of "GET", "HEAD", "POST"',
  fits: (value) => value === 'GET' || value === 'HEAD' || value === 'POST',
};
const headers: Form = {
  wanted: 'a list of names of headers',
  fits: (value) => Array.isArray(value) && value.every((name) => isText(name) && NAME.test(name)),
};
const endpoint: Forms<OldEndpoint> = { url: required(url), method, headers };
const fields: Forms<Shadow<never>> = {
  ask: required({
    ...objectOf(endpoint, { fieldIs: 'an option of where the old check is asked' }),
    wanted: 'a function, or { url } of the old check',
    fits: (value) => typeof value === 'function' || isRecord(value),
  }),
  timeoutMs: wholeNumber('milliseconds, from 1 to 60 000', 1, MAX_TIMEOUT_MS),
  label: {
    wanted: 'a text, or a function that answers one',
    fits: (value) => isText(value) || typeof value === 'function',
  },
};

/** What `shadow` may say. */
export const shadowForm: Form = objectOf(fields, {
  wanted: 'an object that says which check to ask',
  fieldIs: 'an option of shadow',
});

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isRecord(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function isAddress(value: unknown): boolean {
  if (!isText(value) || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
