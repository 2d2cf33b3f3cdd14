import { createServer, type RequestListener, type Server } from 'node:http';
import type { Server as TcpServer } from 'node:net';

/** A server of node:http, on a free port of 127.0.0.1. */
export interface Listening {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener);
  const port = await portOf(server);
  return { port, url: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

/** Begins to listen. */
export async function portOf(
  server: TcpServer,
  { port = 0, host = '127.0.0.1' } = {},
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It has no port.');
  return address.port;
}

/** Ends a server and every connection to it. */
export function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
