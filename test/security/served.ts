import { onTestFinished } from 'vitest';
import { serveNode } from '../../src/http/node-server.js';
import type { Keyturn } from '../../src/public.js';
import { ask, exchange, type Got, type Sent } from '../http/world.js';

/** A Keyturn behind a real server, until the test ends. */
export interface Served {
  readonly url: string;
  /** A management key that may do everything. */
  readonly root: string;
  /** Asks as the root key, unless another key is named; `undefined` for none. */
  readonly ask: (method: string, path: string, sent?: Sent) => Promise<Got>;
  /** Sends lines as they are; answers all that comes back. */
  readonly raw: (...lines: readonly string[]) => Promise<string>;
}

export async function serve(keyturn: Keyturn): Promise<Served> {
  const input = { keyspace: 'keyturn', name: 'root', scopes: ['*'] };
  const { plaintext: root } = await keyturn.keys.create(input);
  const server = await serveNode(keyturn, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const { url } = server;
  return {
    url,
    root,
    ask: (method, path, sent = {}) => ask(`${url}${path}`, method, { key: root, ...sent }),
    raw: (...lines) => exchange(Number(new URL(url).port), lines.join('\r\n')),
  };
}
