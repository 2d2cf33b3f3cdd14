import { connect } from 'node:net';
import { type NodeServerOptions, serveNode } from '../../src/http/node-server.js';
import type { KeyturnOptions } from '../../src/options.js';
import type { Keyturn } from '../../src/public.js';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import type { KeyInput } from '../../src/views.js';
import { someDestinations } from './destination-statuses.js';

/** What a test sends, beside method and path. */
export interface Sent {
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that has been read. */
export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the answer is no JSON. */
  readonly json: ReturnType<typeof JSON.parse>;
}

/** A served Keyturn in memory, whose time is in the test's hand. */
export interface World {
  readonly keyturn: TestKeyturn;
  readonly url: string;
  /** A management key that may do everything. */
  readonly root: string;
  /** Asks as the root key, unless another key is named; `null` for none. */
  readonly ask: (method: string, path: string, sent?: Sent) => Promise<Got>;
  /** Sends bytes as they are; answers all that comes back. */
  readonly raw: (...lines: readonly string[]) => Promise<string>;
  readonly newKey: (input?: Partial<KeyInput>) => Promise<{ id: string; plaintext: string }>;
  /** A management key with these scopes, bound to these keyspaces. */
  readonly manager: (
    scopes: readonly string[],
    keyspaces?: readonly string[],
  ) => Promise<{ id: string; plaintext: string }>;
  readonly close: () => Promise<void>;
}

/** How a world differs from the usual one. */
export interface WorldOptions extends Omit<KeyturnOptions, 'database'> {
  readonly faces?: NodeServerOptions['faces'];
  /** Without a root key: `root` is then empty. */
  readonly isNew?: boolean;
  /** What is served in the place of the Keyturn, e.g. one whose store is away. */
  readonly serving?: (keyturn: Keyturn) => Keyturn;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { faces, isNew = false, serving = (keyturn: Keyturn) => keyturn, ...rest } = options;
  const keyturn = await createTestKeyturn({ destinations: someDestinations(), ...rest });
  const root = isNew ? '' : await rootKeyOf(keyturn);
  const { log } = options;
  const server = await serveNode(serving(keyturn), { host: '127.0.0.1', port: 0, faces, log });
  const newKey: World['newKey'] = async (input = {}) => {
    const { key, plaintext } = await keyturn.keys.create({ name: 'a key', ...input });
    return { id: key.id, plaintext };
  };
  return {
    keyturn,
    url: server.url,
    root,
    ask: (method, path, sent = {}) => ask(`${server.url}${path}`, method, { key: root, ...sent }),
    raw: (...lines) => exchange(Number(new URL(server.url).port), `${lines.join('\r\n')}\r\n\r\n`),
    newKey,
    manager: (scopes, keyspaces) =>
      newKey({
        keyspace: 'keyturn',
        scopes,
        ...(keyspaces && { restrictions: { keyspaces } }),
      }),
    close: async () => {
      await server.close();
      await keyturn.close();
    },
  };
}

async function rootKeyOf(keyturn: Keyturn): Promise<string> {
  const input = { name: 'root', keyspace: 'keyturn', scopes: ['*'] };
  return (await keyturn.keys.create(input)).plaintext;
}

/** One request; a body that is no string is sent as JSON. */
export async function ask(url: string, method: string, sent: Sent): Promise<Got> {
  const { key, body, headers = {} } = sent;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { 'x-api-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: text }),
    redirect: 'manual',
  });
  return await readAnswer(response);
}

export async function readAnswer(response: Response): Promise<Got> {
  const { status, headers } = response;
  const text = await textOf(response);
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return { status, headers, text, json: isJson && text !== '' ? JSON.parse(text) : undefined };
}

/** Of what comes bit by bit, the first bit: it has no end. */
async function textOf(response: Response): Promise<string> {
  const isEndless = response.headers.get('content-type') === 'text/event-stream';
  const reader = isEndless ? response.body?.getReader() : undefined;
  if (reader === undefined) return response.text();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

/** Bytes to a port and back, until the server or the end of the first answer closes it. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('latin1');
    if (isWhole(text)) break;
  }
  socket.destroy();
  return Buffer.concat(chunks).toString('latin1');
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  return end !== -1 && length !== undefined && text.length >= end + 4 + Number(length);
}

/** The status in an answer's first line. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
}

/** The JSON after an answer's head. */
export function jsonIn(text: string) {
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
}
