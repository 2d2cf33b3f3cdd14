import {
  type ConnectionSettings,
  type Credential,
  connectionFaults,
} from './deliver/connection.js';
import {
  type Form,
  type Forms,
  faultsIn,
  isObject,
  objectOf,
  oneOf,
  required,
  text,
  texts,
  wholeNumber,
} from './form.js';

/** The mail server that notices are sent by. */
export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** Default `starttls`: no mail leaves before the connection is encrypted. */
  readonly security?: 'starttls' | 'tls' | 'none' | undefined;
  readonly user?: string | undefined;
  readonly password?: Credential | undefined;
  /** The sender's address. */
  readonly from: string;
  /** A file of certificates (PEM) that are trusted instead of the machine's. */
  readonly ca?: string | undefined;
}

/** How people are told of what happens to keys. Policies say who is. */
export interface NoticeOptions {
  readonly smtp?: SmtpOptions | undefined;
  /** A folder of texts that stand in the place of the built-in mails. */
  readonly templates?: string | undefined;
  /** Every day, in the reader's time zone: what is not urgent waits until `to`. */
  readonly quietHours?: { readonly from: string; readonly to: string } | undefined;
  /** What channels name: `{ "security": { "kind": "slack", "address": { "env": "SLACK_URL" } } }`. */
  readonly connections?: Readonly<Record<string, ConnectionSettings>> | undefined;
  /** Hosts of webhooks that may be called beyond the public internet: `host:port`. */
  readonly hosts?: readonly string[] | undefined;
}

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

const credential: Form = {
  wanted: '{ "env": NAME } or { "file": PATH }',
  fits: (value) =>
    isObject(value) &&
    Object.entries(value).length === 1 &&
    Object.entries(value).every(
      ([where, what]) => (where === 'env' || where === 'file') && typeof what === 'string',
    ),
};
const timeOfDay: Form = {
  wanted: 'a time of the day like "22:00"',
  fits: (value) => typeof value === 'string' && TIME.test(value),
};
const smtp: Forms<SmtpOptions> = {
  host: required(text),
  port: required(wholeNumber('a port', 1, 65_535)),
  security: oneOf('starttls', 'tls', 'none'),
  user: text,
  password: credential,
  from: required(text),
  ca: text,
};
const connections: Form = {
  wanted: 'connections by name, each whole',
  fits: (value) => connectionFaults(value).length === 0,
  fix: 'Write { "security": { "kind": "slack", "address": { "env": "SLACK_URL" } } }.',
};
const fields: Forms<NoticeOptions> = {
  smtp: objectOf(smtp, { fieldIs: 'a field of notices.smtp' }),
  templates: text,
  quietHours: objectOf(
    { from: required(timeOfDay), to: required(timeOfDay) },
    { fieldIs: 'a field of notices.quietHours' },
  ),
  connections,
  hosts: texts,
};

/** What `notices` of the options takes. */
export const NOTICE_OPTIONS: Form = {
  ...objectOf(fields, { fieldIs: 'a field of notices' }),
  fix: 'See docs/guides/notices.md.',
};

/** Takes a value as `notices`, or says all that is wrong with it. */
export function readNotices(
  value: unknown,
): { readonly options: NoticeOptions } | { readonly faults: readonly string[] } {
  if (isNotices(value)) return { options: value };
  const faults = faultsIn([required(NOTICE_OPTIONS), value]);
  return { faults: faults.map(({ pointer, message, fix }) => `${pointer} ${message} ${fix}`) };
}

function isNotices(value: unknown): value is NoticeOptions {
  return faultsIn([required(NOTICE_OPTIONS), value]).length === 0;
}
