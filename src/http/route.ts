import type { Static, TSchema } from 'typebox';
import { InternalError, InvalidRequestError } from '../errors.js';
import type { Session } from '../people-views.js';
import type { Keyturn, Management } from '../public.js';
import { headerOf } from '../sender.js';
import type { Accepted } from '../verdict.js';
import type { Arrival } from './arrival.js';
import { MANAGEMENT_KEYSPACE } from './authenticate.js';
import { isJsonType, parseJson, type RawBody } from './body.js';
import { checkerOf } from './checker.js';
import type { HttpCounters } from './metrics.js';
import type { Answer, Problems } from './problem.js';
import { projectorOf } from './project.js';
import { readQuery } from './query.js';
import { closed } from './schemas.js';
import type { Streams } from './streams.js';

/** What a management key needs for a route. */
type ManagementScope =
  | `${'keys' | 'keyspaces' | 'owners' | 'policies' | 'destinations' | 'channels' | 'people'}:${'read' | 'write'}`
  | 'keys:revoke'
  | 'keys:rotate'
  | 'rotations:read'
  | 'keys:verify'
  | 'events:read'
  | 'usage:read'
  | 'metrics:read';

/**
 * Who may call: anyone; whoever holds the key itself; a person who is signed in; that, or a
 * management key, whatever it may do; or who has a scope, as a person or as a key.
 */
export type Access = 'public' | 'self' | 'session' | 'caller' | ManagementScope;

/** What a route answers when it goes well. */
export type AnswerShape =
  | { readonly kind: 'json'; readonly schema: TSchema; readonly what: string }
  | { readonly kind: 'text'; readonly mediaType: string; readonly what: string }
  | { readonly kind: 'empty'; readonly what: string };

/** A request that has found its route, from a caller who may make it. */
export interface Incoming {
  readonly keyturn: Keyturn;
  readonly problems: Problems;
  readonly counters: HttpCounters;
  readonly streams: Streams;
  readonly arrival: Arrival;
  readonly params: Readonly<Record<string, string>>;
  readonly readBody: () => Promise<RawBody>;
  /** The accepted key; undefined on a public route, and where a person asks. */
  readonly caller: Accepted | undefined;
  /** The person who is signed in; undefined where a key asks, or nobody. */
  readonly session: Session | undefined;
  readonly request: Request;
}

/** A request whose fields are known to be right. */
export interface Call<Body extends TSchema, Query extends TSchema> extends Incoming {
  /** Bound to the caller's rights. */
  readonly management: Management;
  readonly body: Static<Body>;
  readonly query: Static<Query>;
  readonly idempotencyKey: string | undefined;
  readonly ifMatch: number | undefined;
}

/** What a route says, before its headers are on it. */
export interface Said {
  readonly status: number;
  /** A `json` answer's; shown as far as its schema allows. */
  readonly value?: unknown;
  /** A `text` answer's. */
  readonly text?: string;
  /** A `text` answer's, where it is sent as it was kept: compressed, for one. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** A `text` answer's that comes bit by bit. */
  readonly stream?: ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What every row of the table says. */
interface RowFacts<Body extends TSchema, Query extends TSchema> {
  /** `ANY`: whatever method a gateway was asked with. */
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'ANY';
  /** Below the base path, with `{name}` for what varies. */
  readonly path: string;
  readonly access: Access;
  /** A person has to have proved lately who it is. */
  readonly confirm?: boolean;
  readonly summary: string;
  readonly body: Body;
  /** Whether a POST without a body is as good as one with `{}`. */
  readonly isBodyOptional?: boolean;
  /** The field of the body that is a list of what the handler judges one by one. */
  readonly judgedLater?: string;
  readonly query: Query;
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** Refusals of the route itself, beside those that follow from the row. */
  readonly problems?: readonly number[];
}

/** One row of the table, as everything that is made from it sees it. */
export interface Route extends RowFacts<TSchema, TSchema> {
  readonly params: readonly string[];
  /** Every status that is no success. */
  readonly problems: readonly number[];
  readonly takesBody: boolean;
  /** What answers: a handler, or the check itself, which the Node server asks before the router. */
  readonly by:
    | { readonly kind: 'handler'; readonly answer: (incoming: Incoming) => Promise<Answer> }
    | { readonly kind: 'check'; readonly check: 'verify' | 'authorize' };
}

/** Of a request without fields. */
export const NO_FIELDS = closed({});

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;
const VERSION = /^(?:"(\d{1,15})"|(\d{1,15}))$/;

/** A row that a handler answers. */
export function defineRoute<Body extends TSchema, Query extends TSchema>(
  row: RowFacts<Body, Query> & {
    readonly handle: (call: Call<Body, Query>) => Said | Promise<Said>;
  },
): Route {
  const { handle, ...facts } = row;
  const readRequest = readerOf(row);
  const say = sayerOf(row);
  const answer = async (incoming: Incoming): Promise<Answer> => {
    const read = await readRequest(incoming);
    if ('status' in read) return read;
    const { body, query } = read;
    const headers = headersOf(row, incoming.arrival);
    const call = {
      ...incoming,
      ...headers,
      body,
      query,
      get management() {
        return managementOf(incoming);
      },
    };
    return say(await handle(call));
  };
  return { ...rowOf(facts), by: { kind: 'handler', answer } };
}

/** A row that a check answers: see answer-verify.ts. */
export function defineCheck(
  row: RowFacts<TSchema, TSchema> & { readonly check: 'verify' | 'authorize' },
): Route {
  const { check, ...facts } = row;
  return { ...rowOf(facts), by: { kind: 'check', check } };
}

function rowOf(row: RowFacts<TSchema, TSchema>): Omit<Route, 'by'> {
  const params = [...row.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const takesBody = row.method === 'POST' || row.method === 'PATCH';
  const problems = new Set([400, ...(row.problems ?? [])]);
  if (row.access !== 'public') for (const status of [401, 403, 429, 503]) problems.add(status);
  if (takesBody) for (const status of [413, 415]) problems.add(status);
  if (params.length > 0) problems.add(404);
  return { ...row, params, takesBody, problems: [...problems].toSorted() };
}

/** Reads body and query; or the answer that says why they cannot be read. */
function readerOf<Body extends TSchema, Query extends TSchema>(row: RowFacts<Body, Query>) {
  const checkBody = checkerOf(row.body);
  const checkQuery = checkerOf(row.query);
  const takesBody = row.method === 'POST' || row.method === 'PATCH';
  const isBodyOptional = row.isBodyOptional ?? false;
  return async (incoming: Incoming) => {
    const query = checkQuery(readQuery(row.query, incoming.arrival.search));
    if (!takesBody) return { body: checkBody({}), query };
    const raw = await incoming.readBody();
    if (raw.kind === 'too_large') return incoming.problems.tooLarge();
    if (raw.bytes.byteLength === 0 && isBodyOptional) return { body: checkBody({}), query };
    if (!isJsonType(headerOf(incoming.arrival.headers, 'content-type'))) {
      return incoming.problems.notJson();
    }
    return { body: checkBody(parseJson(raw.bytes, row.judgedLater)), query };
  };
}

/** @throws {InvalidRequestError} a header that the row takes is not what it should be. */
function headersOf(row: Pick<Route, 'method'>, { headers }: Arrival) {
  const idempotencyKey = row.method === 'POST' ? headerOf(headers, 'idempotency-key') : undefined;
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    throw badHeader('Idempotency-Key', 'Send 1 to 255 printable ASCII characters.');
  }
  const isChange = row.method === 'PATCH' || row.method === 'DELETE';
  const ifMatch = isChange ? headerOf(headers, 'if-match') : undefined;
  return { idempotencyKey, ifMatch: ifMatch === undefined ? undefined : versionOf(ifMatch) };
}

/** `3`, or as an entity tag `"3"`; `*` asks for no version (RFC 9110 §13.1.1). */
function versionOf(ifMatch: string): number | undefined {
  if (ifMatch === '*') return undefined;
  const match = VERSION.exec(ifMatch);
  if (match !== null) return Number(match[1] ?? match[2]);
  throw badHeader('If-Match', 'Send the version that was read, e.g. If-Match: 3.');
}

function badHeader(name: string, fix: string): InvalidRequestError {
  const message = `The header ${name} cannot be read.`;
  return new InvalidRequestError([{ pointer: `/${name}`, message, fix }]);
}

/** The nouns, bound to the caller's rights: identity comes from nowhere else. */
function managementOf({ keyturn, caller, session, arrival }: Incoming): Management {
  if (session !== undefined) {
    const actor = { kind: 'admin', id: session.person.id } as const;
    return keyturn.as({ actor, requestId: arrival.requestId, session });
  }
  if (caller === undefined) throw new InternalError('A public route acts for nobody.');
  const { key, secret } = caller;
  const kind = key.keyspace === MANAGEMENT_KEYSPACE ? 'management_key' : 'consumer';
  return keyturn.as({ actor: { kind, id: key.id }, requestId: arrival.requestId, key, secret });
}

/** Makes a route's answers out of what it says: each as its shape allows. */
function sayerOf(row: Pick<Route, 'answers'>): (said: Said) => Answer {
  const shapes = new Map(
    Object.entries(row.answers).map(([status, shape]) => {
      const project = shape.kind === 'json' ? projectorOf(shape.schema) : undefined;
      return [Number(status), { shape, project }] as const;
    }),
  );
  return ({ status, value, text = '', bytes, stream, headers }) => {
    const known = shapes.get(status);
    if (known === undefined) throw new InternalError('A route said what its row does not.');
    const { shape, project } = known;
    if (shape.kind === 'empty') return { status, headers: { ...headers }, body: '' };
    const isJson = project !== undefined;
    const type = shape.kind === 'text' ? shape.mediaType : 'application/json';
    const given = { status, headers: { 'content-type': type, ...headers } };
    if (isJson) return { ...given, body: JSON.stringify(project(value)) };
    return { ...given, body: bytes === undefined ? text : '', ...asKept(bytes, stream) };
  };
}

/** A body that is no text. */
function asKept(bytes: Said['bytes'], stream: Said['stream']): Pick<Answer, 'bytes' | 'stream'> {
  return { ...(bytes !== undefined && { bytes }), ...(stream !== undefined && { stream }) };
}
