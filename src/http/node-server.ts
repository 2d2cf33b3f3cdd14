import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6, Server as NetServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { type Log, silentLog } from '../ports.js';
import type { Keyturn } from '../public.js';
import { answererOf, type Shared, shareOf } from './app.js';
import { HotDoor } from './hot-door.js';
import type { Route } from './route.js';
import { routes } from './routes.js';
import { badRequest, refuseUnreadable } from './unreadable.js';

/**
 * What a public port may serve alone.
 * @public
 */
export type Face = 'verify' | 'authorize';

/** Where to listen, and what to serve there. */
export interface NodeServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Absent: everything. */
  readonly faces?: readonly Face[] | undefined;
  readonly log?: Log | undefined;
}

/** A server that listens. */
export interface NodeServer {
  /** Without the base path: `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Takes no new connections, finishes open requests within a bound, then lets go. */
  close(): Promise<void>;
}

const LIMITS = {
  headersTimeout: 10_000, // ms; a client that is slower holds a connection for its own sake.
  requestTimeout: 30_000, // ms; 64 KiB arrive in it even at 20 kbit/s.
  keepAliveTimeout: 65_000, // ms; longer than the usual 60 s of a load balancer in front.
  maxHeaderSize: 16 * 1_024, // Bytes.
};
const CLOSE_TIMEOUT_MS = 10_000; // For open requests; the longest of ours takes a fraction of it.
const IDLE_GRACE_MS = 100; // A proxy that is under load sends its next request well within it.
const IDLE_CHECK_MS = 50; // How soon a connection that fell idle while closing is let go.
const ALWAYS_SERVED: readonly string[] = ['/healthz', '/readyz'];

/**
 * Serves a Keyturn on `node:http`. The two hot routes are answered before the router, by the same
 * brain that the router asks.
 * @throws {Error} with Node's own code, e.g. `EADDRINUSE`: it cannot listen there.
 * @public
 */
export async function serveNode(keyturn: Keyturn, options: NodeServerOptions): Promise<NodeServer> {
  const shared = shareOf(keyturn, options.log ?? silentLog);
  const server = createServer(LIMITS, requestListener(shared, rowsOf(options.faces)));
  server.maxHeadersCount = 0; // Their bytes are bounded; one that is dropped would not be seen.
  server.on('clientError', (error, socket) => refuseUnreadable(shared.problems, error, socket));
  const sockets = socketsOf(server);
  await listening(server, options);
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(server, options.host),
    close: () => {
      shared.streams.end();
      closing ??= closed(server, sockets);
      return closing;
    },
  };
}

function rowsOf(faces: readonly Face[] | undefined): readonly Route[] {
  if (faces === undefined) return routes;
  return routes.filter(({ by, path }) =>
    by.kind === 'check' ? faces.includes(by.check) : ALWAYS_SERVED.includes(path),
  );
}

function requestListener(shared: Shared, table: readonly Route[]) {
  const answer = answererOf(shared, table);
  const hot = new HotDoor(shared, table);
  const adapt = getRequestListener(
    (request, { incoming }) => {
      const { rawHeaders, url: rawTarget, socket } = incoming;
      return answer(request, { peer: socket?.remoteAddress, rawHeaders, rawTarget });
    },
    {
      hostname: 'localhost', // HTTP/1.0 may leave it out; nothing of ours is made of it.
      overrideGlobalObjects: false,
      errorHandler: () => badRequest(shared.problems),
    },
  );
  return function answerRequest(this: Server, incoming: IncomingMessage, outgoing: ServerResponse) {
    // While closing, a busy connection ends with its answer instead of with the bound.
    if (!this.listening) outgoing.setHeader('connection', 'close');
    if (!hot.answers(incoming, outgoing)) void adapt(incoming, outgoing);
  };
}

function listening(server: Server, { host, port }: NodeServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/**
 * Closes without losing a request. One may be on its way over a connection that looks idle, so these
 * get a moment: what comes is answered, and ends its connection. Then idle ones are let go, and all of
 * them at the bound.
 */
async function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  await turn(); // Who knocked before is let in: closing would cut off what waits for it.
  // Not `server.close`, which cuts off every idle connection at once.
  const done = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  const letGo = () => {
    server.closeIdleConnections();
    closeSilent(sockets);
  };
  let sweep: NodeJS.Timeout | undefined;
  const grace = setTimeout(() => {
    letGo();
    sweep = setInterval(letGo, IDLE_CHECK_MS);
  }, IDLE_GRACE_MS);
  const bound = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
  await done;
  for (const timer of [grace, sweep, bound]) clearTimeout(timer);
  server.close(() => {}); // Ends what Node keeps of it besides: its own timer.
}

/** Node counts a connection that has sent nothing yet as busy, and would wait for it. */
function closeSilent(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
}
