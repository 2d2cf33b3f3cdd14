import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../listening.js';

/** What a request said. */
export interface Heard {
  readonly method: string;
  /** As it was sent: percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What it is answered. */
export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A strict server, written from a vendor's documentation. */
export interface Vendor {
  readonly url: string;
  /** What is not done that should be, in the documentation's words. */
  readonly violations: string[];
  /** `mute`: what is written is written, and no answer comes. */
  fault: 'throttled' | 'down' | 'mute' | undefined;
  /** Somebody else's doing, in the moment before a write arrives. */
  beforeWrite: (() => void) | undefined;
  /** Answers instead; `done` does what the documentation says. Undefined: the connection is cut. */
  instead: ((heard: Heard, done: () => Said) => Said | undefined) | undefined;
  /** Every request, in order. */
  readonly heard: Heard[];
  writeCount: number;
  held(): string | undefined;
  put(value: string): void;
  close(): Promise<void>;
}

/** One thing that the documentation says. */
type Rule = (heard: Heard, violate: (what: string) => void) => Said | undefined;

export interface VendorRules {
  /** The first that has something to say answers. */
  readonly rules: readonly Rule[];
  readonly isWrite: (heard: Heard) => boolean;
  readonly throttled: Said;
  readonly down: Said;
  readonly held: () => string | undefined;
  readonly put: (value: string) => void;
}

export const TOKEN = 'vendor-token-5gT0hYb2WqLx9RkZ';
/** What no vendor here takes as a value. */
export const UNWANTED = 'unwanted';

export async function startVendor(rules: VendorRules): Promise<Vendor> {
  const violations: string[] = [];
  const all: Heard[] = [];
  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const heard = await hear(request);
    all.push(heard);
    const fault = vendor.fault === 'mute' ? undefined : vendor.fault;
    if (fault !== undefined) return send(response, rules[fault]);
    const said = done(heard);
    if (said === undefined) response.destroy();
    else if (vendor.fault !== 'mute' || !rules.isWrite(heard)) send(response, said);
  };
  const done = (heard: Heard): Said | undefined => {
    const isWrite = rules.isWrite(heard);
    if (isWrite) beforeWrite();
    const said = vendor.instead ? vendor.instead(heard, () => answerTo(heard)) : answerTo(heard);
    if (isWrite && said !== undefined && said.status < 300) vendor.writeCount += 1;
    return said;
  };
  const beforeWrite = () => {
    vendor.beforeWrite?.();
    vendor.beforeWrite = undefined;
  };
  const answerTo = (heard: Heard): Said => {
    const violate = (what: string) => violations.push(`${heard.method} ${what}`);
    for (const rule of rules.rules) {
      const said = rule(heard, violate);
      if (said !== undefined) return said;
    }
    return { status: 405 };
  };
  const { url, close } = await listen((request, response) => {
    onRequest(request, response).catch((error: unknown) => {
      violations.push(String(error));
      response.destroy();
    });
  });
  const { held, put } = rules;
  const vendor: Vendor = {
    ...{ url, violations, held, put, close, writeCount: 0 },
    fault: undefined,
    beforeWrite: undefined,
    instead: undefined,
    heard: all,
  };
  return vendor;
}

async function hear(request: IncomingMessage): Promise<Heard> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const { method = '', headers } = request;
  const json: Record<string, unknown> = text.startsWith('{') ? JSON.parse(text) : {};
  return { method, path, query: new URLSearchParams(query), headers, text, json };
}

function send(response: ServerResponse, { status, headers = {}, body }: Said): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

/** A field of what was sent, itself an object. */
export function objectIn(json: unknown, name: string): Record<string, unknown> {
  const found: unknown = json === null || typeof json !== 'object' ? null : Reflect.get(json, name);
  return found === null || typeof found !== 'object' ? {} : { ...found };
}

/** Whether a request has these fields and no others. */
export function hasOnly(json: object, ...names: readonly string[]): boolean {
  return Object.keys(json).every((name) => names.includes(name));
}
