import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Keyturn } from '../public.js';

/** A request of Node's, with what its host adds: the target as it came, and a parsed body. */
export interface NodeRequest {
  readonly raw: IncomingMessage;
  readonly originalUrl: string;
  readonly body?: unknown;
}

// Never made of `Host`: nothing is decided or linked by it.
const ORIGIN = 'http://localhost';
const NOWHERE = `${ORIGIN}//`; // No canonical path, so it is answered as what never was.
const UNSENDABLE = ['CONNECT', 'TRACE', 'TRACK']; // No `Request` can be of these (Fetch §2.2.1).
const BAD_SYNTAX = '[';
const BODY_GONE =
  'The request body was read before Keyturn saw it. Mount Keyturn above what reads it.';
const ENCODING_FIELDS = ['content-length', 'content-encoding', 'transfer-encoding'];

/**
 * Answers a request of Node's by a handler of fetch's.
 * @throws {Error} the body is gone: something in front has read it, and kept nothing.
 */
export async function exchange(
  handler: Keyturn['handler'],
  request: NodeRequest,
  res: ServerResponse,
): Promise<void> {
  const response = await answerTo(handler, request);
  res.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') res.appendHeader(name, value);
    else res.setHeader(name, value);
  }
  if (response.body === null) res.end();
  else await pipeline(Readable.fromWeb(response.body), res);
}

/**
 * What a handler of fetch's answers to a request of Node's.
 * @throws {Error} the body is gone: something in front has read it, and kept nothing.
 */
export async function answerTo(
  handler: Keyturn['handler'],
  request: NodeRequest,
): Promise<Response> {
  return handler(requestOf(request), { address: request.raw.socket.remoteAddress });
}

/**
 * The request as fetch has it. A target that the URL parser would change (dot segments, a back
 * slash) is asked for nowhere: the handler must see what the host saw.
 */
function requestOf({ raw: req, originalUrl, body: parsed }: NodeRequest): Request {
  const url = new URL(ORIGIN + originalUrl);
  const isAsSent = url.pathname === originalUrl.split('?', 1)[0];
  const { method = 'GET' } = req;
  if (!isAsSent || UNSENDABLE.includes(method)) return new Request(NOWHERE);
  const headers = headersOf(req.rawHeaders);
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers });
  if (!req.readableDidRead) {
    // Not destroyed when the handler has read enough: its refusal has to reach the client.
    const body = ReadableStream.from(req.iterator({ destroyOnReturn: false }));
    return new Request(url, { method, headers, body, duplex: 'half' });
  }
  for (const name of ENCODING_FIELDS) headers.delete(name); // They were of the body as it came in.
  return new Request(url, { method, headers, body: parsedBody(parsed) });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (const [index, value] of raw.entries()) {
    const name = raw[index - 1];
    if (index % 2 === 1 && name !== undefined) headers.append(name, value);
  }
  return headers;
}

/** What a body parser of the host's left. */
function parsedBody(body: unknown): string | Uint8Array {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  if (body === undefined) throw new Error(BODY_GONE);
  try {
    return JSON.stringify(body);
  } catch {
    return BAD_SYNTAX; // Too deep to be written; the handler refuses what is half as deep.
  }
}
