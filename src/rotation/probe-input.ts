import { PROBE_LIMITS, type ProbeTerms } from '../deliver/probe.js';
import type { FieldFault } from '../errors.js';
import {
  type Form,
  type Forms,
  listOf,
  objectOf,
  oneOf,
  orNull,
  required,
  text,
  wholeNumber,
} from '../form.js';
import { formatDuration } from '../keys/duration.js';
import type { PolicyPatch } from '../policy-views.js';
import type { PolicyProbe, ProbedJson, ProbeInput } from '../probe-views.js';
import type { Terms } from './terms.js';

const MAX_URL_LENGTH = 2_048;
const MAX_BODY_LENGTH = 1_024;
const MAX_POINTER_LENGTH = 512;
const MAX_STATUSES = 10;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/; // RFC 9110 §5.6.2
const POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/; // RFC 6901 §3
/** What is not for who asks to say: they are of the connection, or of its body (RFC 9110 §7.6.1). */
const OF_THE_CONNECTION = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
];

type Http = NonNullable<ProbeInput['http']>;
type Expect = NonNullable<Http['expect']>;

const url: Form = {
  wanted: 'a URL like "https://api.example.com/health", without credentials',
  fits: (value) => isShort(value, MAX_URL_LENGTH) && isPlainUrl(value),
};
const header: Form = {
  wanted: 'the name of a header, like "X-API-Key"',
  fits: (value) =>
    isText(value) && TOKEN.test(value) && !OF_THE_CONNECTION.includes(value.toLowerCase()),
};
const scheme: Form = {
  wanted: 'a scheme, like "Bearer"',
  fits: (value) => isText(value) && TOKEN.test(value),
};
/** Who answers 401 to a good key does so to any; 429 and what is above say nothing of it. */
const status: Form = {
  ...wholeNumber('a status from 200 to 499', 200, 499),
  fits: (value) =>
    Number.isInteger(value) && Number(value) >= 200 && Number(value) < 500 && !isTelling(value),
  fix: 'Send one from 200 to 299, or from 400 to 499 but 401, 408 and 429.',
};
const json: Forms<ProbedJson> = {
  pointer: required({
    wanted: 'a JSON pointer, as in "/status"',
    fits: (value) => isShort(value, MAX_POINTER_LENGTH) && POINTER.test(value),
  }),
  equals: required({
    wanted: 'a string, a number or a boolean',
    fits: (value) =>
      isShort(value, MAX_BODY_LENGTH) || Number.isFinite(value) || typeof value === 'boolean',
  }),
};
const expect: Forms<Expect> = {
  status: listOf(status, 'a list of statuses'),
  body: {
    wanted: `a string of 1 to ${MAX_BODY_LENGTH} characters`,
    fits: (value) => isShort(value, MAX_BODY_LENGTH) && value !== '',
  },
  json: objectOf(json),
};
const http: Forms<Http> = {
  url: required(url),
  method: oneOf('GET', 'POST'),
  header,
  scheme,
  expect: objectOf(expect),
  timeout: { ...text, wanted: 'a duration like "5s"' },
};
const probe: Forms<ProbeInput> = { http: objectOf(http), command: text };

/** What a policy may say of its probe. */
export const PROBE = orNull(objectOf(probe, { fieldIs: 'a field of a probe' }));

type ReadDuration = (pointer: string, text: string | undefined, known: number) => number;

/** What is said replaces what was: half of one probe and half of another is none. */
export function readProbe(
  before: Terms,
  { probe: said }: PolicyPatch,
  duration: ReadDuration,
): ProbeTerms | null {
  if (said === undefined) return before.probe ?? null;
  if (said?.command !== undefined) return { kind: 'command', command: said.command };
  if (said?.http === undefined) return null;
  const { expect: expected = {}, ...asked } = said.http;
  return {
    kind: 'http',
    url: asked.url,
    method: asked.method ?? 'GET',
    header: asked.header ?? null,
    scheme: asked.scheme ?? null,
    expect: {
      status: expected.status ?? [200],
      body: expected.body ?? null,
      json: expected.json ?? null,
    },
    timeoutMs: duration('/probe/http/timeout', asked.timeout, PROBE_LIMITS.defaultMs),
  };
}

/** What does not fit together in what was said. */
export function probeFaults(
  { probe: said }: PolicyPatch,
  terms: Pick<Terms, 'probe'>,
): readonly FieldFault[] {
  if (said === undefined || said === null) return [];
  if ((said.http === undefined) === (said.command === undefined)) {
    const message = 'says not one thing to do.';
    return [{ pointer: '/probe', message, fix: 'Give either "http" or "command".' }];
  }
  const { probe: read } = terms;
  if (read?.kind !== 'http') return [];
  const faults: FieldFault[] = [];
  const {
    timeoutMs,
    expect: { status: statuses },
  } = read;
  if (timeoutMs < PROBE_LIMITS.leastMs || timeoutMs > PROBE_LIMITS.mostMs) {
    const [least, most] = [PROBE_LIMITS.leastMs, PROBE_LIMITS.mostMs].map(formatDuration);
    const message = 'is too long or too short.';
    faults.push({ pointer: '/probe/http/timeout', message, fix: `Give ${least} to ${most}.` });
  }
  if (statuses.length === 0 || statuses.length > MAX_STATUSES) {
    const fix = `Give 1 to ${MAX_STATUSES} of them.`;
    faults.push({ pointer: '/probe/http/expect/status', message: 'is empty or too long.', fix });
  }
  return faults;
}

/** A probe as the faces show it. */
export function viewProbe(terms: ProbeTerms | null | undefined): PolicyProbe | null {
  if (terms === null || terms === undefined) return null;
  if (terms.kind === 'command') return { http: null, command: terms.command };
  const { kind, timeoutMs, ...shown } = terms;
  return { http: { ...shown, timeout: formatDuration(timeoutMs) }, command: null };
}

/** No credential stands in it, and nothing of it stays with who asks. */
function isPlainUrl(value: string): boolean {
  if (!/^https?:\/\/./.test(value) || !URL.canParse(value)) return false;
  const { username, password, hash } = new URL(value);
  return username === '' && password === '' && hash === '';
}

function isTelling(value: unknown): boolean {
  const number = Number(value);
  return (number >= 300 && number < 400) || [401, 408, 429].includes(number);
}

function isShort(value: unknown, maxLength: number): value is string {
  return isText(value) && value.length <= maxLength;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
