import { ConfigInvalidError } from '../errors.js';
import { serveNode } from '../http/node-server.js';
import type { Log } from '../ports.js';
import type { Keyturn } from '../public.js';
import type { Settings } from './settings.js';

/** A server that listens. */
export interface Listening {
  /** Without the base path: `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Takes no new connections, and waits until the open requests are answered. */
  close(): Promise<void>;
}

const TODO: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there. Stop it, or take another port: --port 8788',
  EACCES: 'This user may not. Take a port from 1024 on: --port 8787',
  EADDRNOTAVAIL: 'This machine has no such address. Take one of its own: --host 127.0.0.1',
  ENOTFOUND: 'There is no such host. Take an address of this machine: --host 127.0.0.1',
};

/** @throws {ConfigInvalidError} it cannot listen there, and what to change. */
export async function listen(settings: Settings, keyturn: Keyturn, log: Log): Promise<Listening> {
  const { host, port, faces } = settings;
  try {
    const server = await serveNode(keyturn, { host, port, log, faces: faces ?? undefined });
    return { url: server.url, close: () => server.close() };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const todo = TODO[code];
    if (todo === undefined) throw cause;
    throw new ConfigInvalidError(`Cannot listen on ${host}:${port}. ${todo}`, { cause });
  }
}
