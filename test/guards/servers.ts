import 'reflect-metadata';
import type { ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { All, Controller, Module, Res } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ErrorRequestHandler } from 'express';
import { type FastifyReply, fastify } from 'fastify';
import { Hono } from 'hono';
import * as inExpress from '../../src/guards/express.js';
import * as inFastify from '../../src/guards/fastify.js';
import * as inFetch from '../../src/guards/fetch.js';
import * as inHono from '../../src/guards/hono.js';
import * as inNest from '../../src/guards/nestjs.js';
import * as inNext from '../../src/guards/next.js';
import type { GuardOptions } from '../../src/guards/options.js';
import type { Keyturn } from '../../src/public.js';
import type { VerifiedKey } from '../../src/verdict.js';
import { type ExpressModule, expresses, type Host, hostOf, listen } from './hosts.js';

/** What a route asks, in words that every guard has. A signed-in user of the host's has a cookie. */
export interface RouteOptions
  extends Pick<
    GuardOptions<unknown>,
    'scopes' | 'keyspace' | 'environment' | 'refusal' | 'allow' | 'shadow'
  > {
  readonly isSignedIn?: (cookie: string | undefined) => boolean | Promise<boolean>;
  /** Whether a guard that has to be told the address of the connection is told it; else yes. */
  readonly isAddressTold?: boolean;
}

/** Every way to guard a route. */
export interface GuardedServer {
  readonly name: string;
  /** Serves `/reports/{id}`, for any method, and Keyturn's own HTTP API at `/keyturn`. */
  readonly start: (keyturn: Keyturn, options?: RouteOptions) => Promise<Host>;
  /** Whether the guard sees the connection by itself. */
  readonly seesAddress: boolean;
}

export const servers: readonly GuardedServer[] = [
  ...expresses.map(({ name, express }) => ({
    name,
    start: (keyturn: Keyturn, options: RouteOptions = {}) =>
      startExpress(express, keyturn, options),
    seesAddress: true,
  })),
  {
    name: 'Fastify, onRequest',
    start: (keyturn, options = {}) => startFastify('onRequest', keyturn, options),
    seesAddress: true,
  },
  {
    name: 'Fastify, preHandler',
    start: (keyturn, options = {}) => startFastify('preHandler', keyturn, options),
    seesAddress: true,
  },
  { name: 'Hono', start: startHono, seesAddress: false },
  {
    name: 'NestJS on Express',
    start: (keyturn, options = {}) => startNest(new ExpressAdapter(), keyturn, options),
    seesAddress: true,
  },
  {
    name: 'NestJS on Fastify',
    start: (keyturn, options = {}) => startNest(new FastifyAdapter(), keyturn, options),
    seesAddress: true,
  },
  { name: 'Next.js', start: startNext, seesAddress: false },
  { name: 'fetch', start: startFetch, seesAddress: false },
];

interface Headed {
  readonly headers: { readonly cookie?: string | undefined };
}

async function startExpress(express: ExpressModule, keyturn: Keyturn, options: RouteOptions) {
  const app = express().disable('x-powered-by');
  app.use('/keyturn', inExpress.mountKeyturn(keyturn));
  const guard = inExpress.requireKey(keyturn, own(options, cookieIn));
  app.all('/reports/:id', guard, (req, res) => write(res, req.apiKey));
  app.use(failed);
  return listen(app);
}

/** Express's own handler would write to the screen what a test lets fail. */
// biome-ignore lint/complexity/useMaxParams: by four of them Express knows an error handler.
const failed: ErrorRequestHandler = (_fault, _req, res, _next) => {
  res.writeHead(500).end();
};

async function startFastify(
  stage: 'onRequest' | 'preHandler',
  keyturn: Keyturn,
  options: RouteOptions,
): Promise<Host> {
  const app = fastify();
  await app.register(inFastify.mountKeyturn(keyturn), { prefix: '/keyturn' });
  const guard = inFastify.requireKey(keyturn, own(options, cookieIn));
  app.all('/reports/:id', { [stage]: guard }, (request, reply) => send(reply, request.apiKey));
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { ...hostOf(app.server), close: () => app.close() };
}

async function startHono(keyturn: Keyturn, options: RouteOptions = {}): Promise<Host> {
  const app = new Hono();
  const told =
    options.isAddressTold === false
      ? {}
      : { address: (c: Parameters<typeof getConnInfo>[0]) => getConnInfo(c).remote.address };
  app.all('/keyturn/*', inHono.mountKeyturn(keyturn, told));
  const wanted = own(options, (c: Parameters<typeof getConnInfo>[0]) => c.req.header('cookie'));
  app.all('/reports/:id', inHono.requireKey(keyturn, { ...wanted, ...told }), (c) => {
    const { body, headers } = greeting(c.get('apiKey'));
    return c.body(body, 200, headers);
  });
  app.onError((_fault, c) => c.body(null, 500));
  return listenFetch(app.fetch);
}

async function startNest(
  adapter: AbstractHttpAdapter,
  keyturn: Keyturn,
  options: RouteOptions,
): Promise<Host> {
  class Reports {
    read(key: VerifiedKey | undefined, response: ServerResponse | FastifyReply): void {
      if ('writeHead' in response) write(response, key);
      else void send(response, key);
    }
  }
  const read = Object.getOwnPropertyDescriptor(Reports.prototype, 'read');
  if (read === undefined) throw new Error('There is no handler.');
  inNest.ApiKey()(Reports.prototype, 'read', 0);
  Res()(Reports.prototype, 'read', 1);
  All(':id')(Reports.prototype, 'read', read);
  inNest.RequireKey(own(options, cookieIn))(Reports.prototype, 'read', read);
  Controller('reports')(Reports);
  class App {}
  Module({ imports: [inNest.KeyturnModule.forRoot(keyturn)], controllers: [Reports] })(App);
  const app = await NestFactory.create(App, adapter, { logger: false });
  if (adapter instanceof ExpressAdapter) adapter.getInstance().disable('x-powered-by');
  inNest.mountKeyturn(app, '/keyturn');
  await app.listen(0, '127.0.0.1');
  return { ...hostOf(app.getHttpServer()), close: () => app.close() };
}

async function startNext(keyturn: Keyturn, options: RouteOptions = {}): Promise<Host> {
  const addresses = new WeakMap<Request, string | undefined>();
  const told =
    options.isAddressTold === false ? {} : { address: (one: Request) => addresses.get(one) };
  const management = inNext.mountKeyturn(async () => keyturn, told);
  const guard = inNext.requireKey(async () => keyturn, { ...own(options, cookieOf), ...told });
  const reports = guard.guarded((_request, key) => new Response(...parts(greeting(key))));
  return listenFetch((request, { incoming }) => {
    addresses.set(request, incoming.socket.remoteAddress);
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/reports/')) return reports(request, undefined);
    return isMethod(request.method) ? management[request.method](request) : nothing();
  });
}

async function startFetch(keyturn: Keyturn, options: RouteOptions = {}): Promise<Host> {
  const management = inFetch.mountKeyturn(keyturn);
  const guard = inFetch.requireKey(keyturn, own(options, cookieOf));
  const reports = guard.guarded((_request, key) => new Response(...parts(greeting(key))));
  return listenFetch((request, { incoming }) => {
    const isTold = options.isAddressTold !== false;
    const peer = isTold ? { address: incoming.socket.remoteAddress } : undefined;
    const { pathname } = new URL(request.url);
    return pathname.startsWith('/reports/') ? reports(request, peer) : management(request, peer);
  });
}

/** A host that answers 500 for a fault, and does not write it to the screen. */
function listenFetch(answer: Parameters<typeof getRequestListener>[0]): Promise<Host> {
  const errorHandler = () => new Response(null, { status: 500 });
  return listen(getRequestListener(answer, { errorHandler }));
}

/** The options as a guard has them. */
function own<R>(options: RouteOptions, cookieFrom: (request: R) => string | undefined) {
  const { isSignedIn, isAddressTold: _, ...rest } = options;
  const unless = isSignedIn && ((request: R) => isSignedIn(cookieFrom(request)));
  return { ...rest, unless };
}

function cookieIn({ headers }: Headed): string | undefined {
  return headers.cookie;
}

function cookieOf({ headers }: Request): string | undefined {
  return headers.get('cookie') ?? undefined;
}

/** What the route itself answers: the same bytes in every host. */
function greeting(key: VerifiedKey | undefined) {
  const body = JSON.stringify({ owner: key?.owner ?? null });
  const length = String(Buffer.byteLength(body));
  return { body, headers: { 'content-type': 'application/json', 'content-length': length } };
}

function parts({ body, headers }: ReturnType<typeof greeting>): [string, ResponseInit] {
  return [body, { headers }];
}

function write(response: ServerResponse, key: VerifiedKey | undefined): void {
  const { body, headers } = greeting(key);
  response.writeHead(200, headers).end(body);
}

function send(reply: FastifyReply, key: VerifiedKey | undefined): FastifyReply {
  const { body, headers } = greeting(key);
  return reply.code(200).headers(headers).send(Buffer.from(body));
}

function isMethod(method: string): method is keyof inNext.RouteMethods {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method);
}

function nothing(): Response {
  return new Response(null, { status: 405 });
}
