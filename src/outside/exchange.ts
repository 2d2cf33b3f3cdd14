import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isNativeError } from 'node:util/types';
import type { NetworkAnswer, NetworkFailure, NetworkRequest } from './network.js';

const MAX_HEADER_BYTES = 16_384; // As Node's own servers take.
const TLS_FAULT = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|EPROTO$)|SELF_SIGNED|CERT/;

interface Way {
  readonly url: URL;
  /** What messages call it: host and port. */
  readonly place: string;
  /** Those that were looked at, and no others. */
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
}

/** Sends one request over a connection of its own, and reads the answer within its bounds. */
export function exchange(asked: NetworkRequest, way: Way): Promise<NetworkAnswer> {
  return new Promise((settle) => {
    let head: NetworkAnswer | undefined;
    const fail = (error: unknown) => settle(head ?? failureOf(error, way));
    const send = way.url.protocol === 'https:' ? https.request : http.request;
    let isAnswered = false;
    const outgoing = send(way.url, optionsOf(asked, way), (incoming) => {
      isAnswered = true; // What was received is read to its end, though the connection is closed.
      if (asked.isStatusEnough === true) head = answerOf(incoming, '');
      collect(incoming, asked.maxBytes).then((found) => settle(head ?? found), fail);
    });
    outgoing.on('error', fail);
    outgoing.on('close', () => {
      if (!isAnswered) fail(undefined); // It ended without a word.
    });
    outgoing.end(asked.body);
  });
}

function optionsOf({ method, headers, body, ca }: NetworkRequest, way: Way): https.RequestOptions {
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const sent = method === 'GET' ? {} : { 'content-length': String(length) };
  return {
    method,
    headers: { ...headers, ...sent },
    agent: false, // No connection is shared: each was looked at for this very request.
    lookup: pinned(way.addresses),
    maxHeaderSize: MAX_HEADER_BYTES,
    signal: way.signal,
    rejectUnauthorized: true, // Said, so that no environment variable turns it off.
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  };
}

/** Answers with what was looked at. Asking again is how a name is rebound in between. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, done) => {
    const [first] = all;
    if (options.all === true || first === undefined) done(null, all);
    else done(null, first.address, first.family);
  };
}

/** Reads an answer, up to `maxBytes`. */
async function collect(incoming: IncomingMessage, maxBytes: number): Promise<NetworkAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > maxBytes) {
      incoming.destroy();
      return tooLarge(`An answer of more than ${maxBytes} bytes was cut off.`);
    }
    chunks.push(piece);
  }
  return answerOf(incoming, Buffer.concat(chunks).toString('utf8'));
}

function answerOf(incoming: IncomingMessage, body: string): NetworkAnswer {
  return { kind: 'answered', status: incoming.statusCode ?? 0, headers: plain(incoming), body };
}

/** Each header once. `Set-Cookie`, the one that comes as a list, concerns nobody here. */
function plain({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const single = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(single);
}

function failureOf(error: unknown, { place, signal }: Way): NetworkFailure {
  const code = codeOf(error);
  if (signal.aborted) {
    return { kind: 'failed', class: 'timeout', message: `${place} did not answer in time.` };
  }
  if (code === 'HPE_HEADER_OVERFLOW') return tooLarge(`${place} sent headers that never end.`);
  if (TLS_FAULT.test(code)) {
    const message = `${place} is not who it should be, or speaks no TLS (${code}). Check its certificate and the connection's "ca".`;
    return { kind: 'failed', class: 'tls', message };
  }
  const why = code === '' ? 'the connection was cut' : code;
  return { kind: 'failed', class: 'unreachable', message: `${place} cannot be reached: ${why}.` };
}

function codeOf(error: unknown): string {
  if (!isNativeError(error)) return '';
  // Several addresses were tried: the first says why.
  const all: unknown = 'errors' in error ? error.errors : [];
  const first: unknown = Array.isArray(all) ? all[0] : undefined;
  const code: unknown = Reflect.get(isNativeError(first) ? first : error, 'code');
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : '';
}

function tooLarge(message: string): NetworkFailure {
  return { kind: 'failed', class: 'too_large', message };
}
