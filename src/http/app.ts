import { type Handler, Hono } from 'hono';
import { answerHeaders } from '../answer.js';
import { type Log, silentLog } from '../ports.js';
import type { Keyturn, Peer } from '../public.js';
import { withStatus } from '../retiring.js';
import { requestIdOf } from '../sender.js';
import type { Accepted, HeaderSource } from '../verdict.js';
import { Checks } from './answer-verify.js';
import type { Arrival } from './arrival.js';
import { authenticate, MANAGEMENT_KEYSPACE } from './authenticate.js';
import { readBody } from './body.js';
import { Directory } from './directory.js';
import { HttpCounters } from './metrics.js';
import { targetOf, withoutSlash } from './path.js';
import { type Answer, Problems } from './problem.js';
import type { Route } from './route.js';
import { routes } from './routes.js';
import { personOf } from './session/person.js';
import { Streams } from './streams.js';

const UNROUTED = 'unrouted';
const SITES = ['/docs', '/admin']; // People type their addresses, with a slash behind them.

/** What one Keyturn's doors share. */
export interface Shared {
  readonly keyturn: Keyturn;
  readonly problems: Problems;
  readonly directory: Directory;
  readonly checks: Checks;
  readonly counters: HttpCounters;
  readonly streams: Streams;
}

/** What a host knows of a request that the request itself does not tell. */
export interface Context {
  readonly peer: string | undefined;
  /** As they came, with duplicates; undefined where only joined ones are known. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** The target as it came; undefined where only the parsed URL is known. */
  readonly rawTarget?: string | undefined;
}

interface Bindings {
  readonly arrival: Arrival;
}

type Answerer = (request: Request, context: Context) => Promise<Response>;
type App = Hono<{ Bindings: Bindings }>;

/**
 * The HTTP API as a function, to be mounted by any host.
 * @public
 */
export function createHandler(
  keyturn: Keyturn,
  log: Log = silentLog,
): (request: Request, peer?: Peer) => Promise<Response> {
  const answer = answererOf(shareOf(keyturn, log), routes);
  return (request, peer) => answer(request, { peer: peer?.address });
}

/** What both doors of one server ask. */
export function shareOf(keyturn: Keyturn, log: Log): Shared {
  keyturn.mountedAt(keyturn.settings.basePath); // Served, by whatever server.
  const problems = new Problems(keyturn, log);
  const directory = new Directory(keyturn);
  const checks = new Checks(keyturn, problems, directory);
  const counted = { counters: new HttpCounters(), streams: new Streams() };
  return { keyturn, problems, directory, checks, ...counted };
}

/** Routes a request, by the rows that are given. */
export function answererOf(shared: Shared, table: readonly Route[]): Answerer {
  const { settings } = shared.keyturn;
  const app = appOf(shared, table);
  const paths = new Set(table.map(({ path }) => path));
  return async (request, { peer, rawHeaders, rawTarget }) => {
    const headers: HeaderSource = rawHeaders ?? request.headers;
    const requestId = requestIdOf({ headers, peer }, settings.trustedHops);
    const asked = rawTarget ?? request.url;
    const target = targetOf(asked, settings.basePath);
    if (target === undefined) {
      const location = SITES.filter((path) => paths.has(path))
        .map((path) => withoutSlash(asked, settings.basePath, path))
        .find((found) => found !== undefined);
      if (location !== undefined) {
        shared.counters.count(UNROUTED, 308);
        return responseOf({ status: 308, headers: { location }, body: '' }, { requestId });
      }
      shared.counters.count(UNROUTED, 404);
      return responseOf(shared.problems.notFound(), { requestId });
    }
    const arrival = { ...target, method: request.method, headers, peer, requestId };
    return app.fetch(request, { arrival });
  };
}

function appOf(shared: Shared, table: readonly Route[]): App {
  const app: App = new Hono<{ Bindings: Bindings }>({
    getPath: (_request, options) => options?.env?.arrival.path ?? '',
  });
  for (const [path, rows] of byPath(table)) {
    const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
    for (const route of rows) {
      const handle = handlerOf(shared, route);
      if (route.method === 'ANY') app.all(pattern, handle);
      else app.on(route.method, pattern, handle);
    }
    app.all(pattern, ({ env, req }) =>
      refuseMethod(shared, env.arrival, { rows, method: req.method }),
    );
  }
  app.notFound(({ env }) => {
    shared.counters.count(UNROUTED, 404);
    return responseOf(shared.problems.notFound(), env.arrival);
  });
  app.onError((error, { env }) => {
    const given = shared.problems.of(error, env.arrival.requestId);
    shared.counters.count(UNROUTED, given.status);
    return responseOf(given, env.arrival);
  });
  return app;
}

/** A path without parameters comes first: `/v1/keys/verify` is no key's id. */
function byPath(table: readonly Route[]): readonly (readonly [string, readonly Route[]])[] {
  const paths = new Map<string, Route[]>();
  for (const route of table) {
    const rows = paths.get(route.path);
    if (rows === undefined) paths.set(route.path, [route]);
    else rows.push(route);
  }
  return [...paths].toSorted(([left], [right]) => paramCount(left) - paramCount(right));
}

function paramCount(path: string): number {
  return path.split('{').length;
}

function handlerOf(shared: Shared, route: Route): Handler<{ Bindings: Bindings }> {
  return async ({ env: { arrival }, req }) => {
    const given = await answerRoute(shared, route, {
      arrival,
      request: req.raw,
      params: req.param(),
    });
    shared.counters.count(route.path, given.status);
    return responseOf(given, arrival);
  };
}

interface Routed {
  readonly arrival: Arrival;
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
}

async function answerRoute(shared: Shared, route: Route, routed: Routed): Promise<Answer> {
  const { problems, checks } = shared;
  const { arrival, request, params } = routed;
  let caller: Accepted | undefined;
  try {
    if (route.by.kind === 'check') {
      if (route.by.check === 'authorize') return await checks.authorize(arrival);
      return await checks.verify(arrival, await readBody(request));
    }
    const given = { ...shared, arrival, request, params, readBody: () => readBody(request) };
    const nobody = { caller: undefined, session: undefined };
    if (route.access === 'public') return await route.by.answer({ ...given, ...nobody });
    const session = await personOf(shared, { arrival, request, route });
    if (session === 'ambiguous') {
      return problems.ofRefusal({ valid: false, code: session }, MANAGEMENT_KEYSPACE);
    }
    if (session !== undefined) return await route.by.answer({ ...given, ...nobody, session });
    const { verdict, keyspace } = await authenticate(shared, arrival, route.access);
    if (!verdict.valid) return problems.ofRefusal(verdict, keyspace);
    caller = verdict;
    const answer = await route.by.answer({ ...given, ...nobody, caller });
    return withStatus(answer, caller.secret);
  } catch (error) {
    return withStatus(problems.of(error, arrival.requestId), caller?.secret);
  }
}

/** What the path is there for, if not for this method (RFC 9110 §15.5.6, §9.3.7). */
function refuseMethod(
  { problems, counters }: Shared,
  arrival: Arrival,
  { rows, method }: { readonly rows: readonly Route[]; readonly method: string },
): Response {
  const allowed = new Set(rows.map((row): string => row.method));
  if (allowed.has('GET')) allowed.add('HEAD');
  const headers = { allow: [...allowed, 'OPTIONS'].join(', ') };
  if (method === 'OPTIONS') {
    counters.count(UNROUTED, 204);
    return responseOf({ status: 204, headers, body: '' }, arrival);
  }
  counters.count(UNROUTED, 405);
  const detail = `This path takes ${headers.allow}.`;
  const fault = { status: 405, title: 'Method not allowed', detail, headers } as const;
  return responseOf(problems.ofProtocol(fault), arrival);
}

function responseOf(answer: Answer, { requestId }: Pick<Arrival, 'requestId'>): Response {
  const { status, body, bytes, stream } = answer;
  const { 'content-length': length, ...rest } = answerHeaders(
    { ...answer, body: bytes ?? body },
    requestId,
  );
  if (stream !== undefined) return new Response(stream, { status, headers: rest });
  const headers = length === undefined ? rest : { ...rest, 'content-length': length };
  return new Response(bytes ?? (body === '' ? null : body), { status, headers });
}
