import createClient from 'openapi-fetch';
import { signal } from '../state/signal.js';
import { base } from './base.js';
import { askToConfirm } from './confirmation.js';
import { found, lost } from './connection.js';
import { Fault, faultOf, isRecord } from './fault.js';
import type { paths } from './schema.js';

const KEY_BYTES = 18;
const GATEWAY_FAULTS: ReadonlySet<number> = new Set([502, 504]); // Of a proxy before the server.

/**
 * Whether the session has ended while its page was open.
 * @public
 */
export const isSessionOver = signal(false);

/**
 * The API, typed by its own description. Its answers are read by `said`.
 * @public
 */
export const api = createClient<paths>({
  baseUrl: base.href.replace(/\/$/, ''),
  credentials: 'same-origin',
  cache: 'no-store',
  fetch: ask,
});

/**
 * What was answered.
 * @throws {Fault} anything but a success.
 * @public
 */
export async function said<Data>(
  asked: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<NonNullable<Data>> {
  const { data, error, response } = await asked;
  if (data === undefined || data === null) throw faultOf(response, error);
  return data;
}

/**
 * Waits until it is done, where nothing is answered.
 * @throws {Fault} anything but a success.
 * @public
 */
export async function done(asked: Promise<{ error?: unknown; response: Response }>): Promise<void> {
  const { error, response } = await asked;
  if (!response.ok) throw faultOf(response, error);
}

/**
 * Sends a request; where the server wants a confirmation first, asks for it and sends it again.
 * @throws {Fault} nobody answered.
 */
async function ask(request: Request): Promise<Response> {
  if (request.method === 'POST' && !request.headers.has('idempotency-key')) {
    request.headers.set('idempotency-key', newKey());
  }
  const again = request.clone();
  const response = await reach(request);
  if (response.status === 401 && !isAboutSession(request)) isSessionOver.set(true);
  if (response.status !== 403 || !(await wantsConfirmation(response.clone()))) return response;
  return (await askToConfirm()) ? reach(again) : response;
}

async function reach(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (GATEWAY_FAULTS.has(response.status)) throw new Fault(undefined, {});
    found();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    lost();
    throw error instanceof Fault ? error : new Fault(undefined, {});
  }
}

async function wantsConfirmation(response: Response): Promise<boolean> {
  const body: unknown = await response.json().catch(() => undefined);
  return isRecord(body) && body['code'] === 'confirmation_required';
}

/** Whose 401 says no more than that there is none, or that a password is wrong. */
function isAboutSession({ url }: Request): boolean {
  return /\/v1\/(?:session|sign-in|invitation)(?:[/?]|$)/.test(url);
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes));
}
