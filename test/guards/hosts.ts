import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import express5 from 'express';
import express4 from 'express4';

export type ExpressModule = typeof express5;

/** Both majors of Express; their faces are one, as far as the guards use them. */
export const expresses: readonly { readonly name: string; readonly express: ExpressModule }[] = [
  { name: 'Express 5', express: express5 },
  { name: 'Express 4', express: express4 },
];

/** A server of the test's own, on a free port of this machine. */
export interface Host {
  readonly url: string;
  /** Sends bytes as they are, and answers all that comes back until the server closes. */
  readonly raw: (...lines: readonly string[]) => Promise<string>;
  readonly rawWithBody: (lines: readonly string[], body: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function listen(listener: RequestListener): Promise<Host> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return hostOf(server);
}

/** A server that listens already, whoever made it. */
export function hostOf(server: Server): Host {
  const port = portOf(server);
  return {
    url: `http://127.0.0.1:${port}`,
    raw: (...lines) => exchangeBytes(port, headOf(lines)),
    rawWithBody: (lines, body) => exchangeBytes(port, headOf(lines) + body),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function headOf(lines: readonly string[]): string {
  return [...lines, 'Connection: close', '', ''].join('\r\n');
}

async function exchangeBytes(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes, 'latin1'); // Not ended: a server takes that as a client that went away.
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('Not listening.');
  return address.port;
}

export async function jsonOf(answer: Response) {
  return JSON.parse(await answer.text());
}
