import { isObject } from './form.js';
import { formatTime, parseTime } from './keys/duration.js';
import { hostPersonId } from './keys/id.js';
import { faultInText } from './keys/text.js';
import { isRole, scopesOf } from './people/roles.js';
import type { Session } from './people-views.js';
import type { Ports } from './ports.js';
import type { SignedInHook } from './sign-in-options.js';

const HOOK_MS = 5_000; // Longer, and a page that nobody sees any more is waited for.
const CONFIRMED_MS = 10 * 60_000;
const AHEAD_MS = 60_000; // How far the application's clock may be ahead of ours.
const FIELDS = ['actor', 'role', 'name', 'authenticatedAt'];

type Means = Pick<Ports, 'timers' | 'log'> & { readonly nowMs: () => number };

/**
 * Asks the host application who is signed in. Whatever it answers that is not a person in so many
 * words, and nothing besides, is nobody: also a fault, and silence.
 */
export async function sessionByHost(
  hook: SignedInHook,
  request: Request,
  { timers, log, nowMs }: Means,
): Promise<Session | null> {
  // Without its body, which is ours to read.
  const { url, method, headers } = request;
  const shown = new Request(url, { method, headers });
  let stop = () => {};
  const late = new Promise<undefined>((resolve) => {
    stop = timers.every(HOOK_MS, () => resolve(undefined));
  });
  try {
    const answer = await Promise.race([(async () => hook(shown))(), late]);
    if (answer === null) return null;
    const session = sessionIn(answer, nowMs());
    if (session === null) complain(log);
    return session;
  } catch {
    complain(log); // What it threw is the application's own, and may hold what nobody should read.
    return null;
  } finally {
    stop();
  }
}

function complain(log: Ports['log']): void {
  log.error(
    { room: 'people', code: 'signed_in' },
    'the hook "signedIn" gave no answer of its form',
  );
}

function sessionIn(answer: unknown, nowMs: number): Session | null {
  if (!isObject(answer) || Object.keys(answer).some((name) => !FIELDS.includes(name))) return null;
  const [actor, role = 'viewer', name = actor, at] = FIELDS.map((field) => fieldOf(answer, field));
  if (!isLine(actor) || !isLine(name) || !isRole(role)) return null;
  const provedMs = at === undefined ? 0 : timeOf(at);
  if (provedMs === undefined) return null;
  const until = provedMs > nowMs + AHEAD_MS ? 0 : provedMs + CONFIRMED_MS;
  return {
    id: null,
    person: { id: hostPersonId(actor), name, email: null, role, keyspaces: null },
    scopes: scopesOf(role),
    method: 'host',
    confirmBy: 'host',
    provider: null,
    confirmedUntil: until > nowMs ? formatTime(until) : null,
    createdAt: formatTime(nowMs),
    expiresAt: formatTime(nowMs + CONFIRMED_MS),
  };
}

function fieldOf(answer: object, name: string): unknown {
  return Object.hasOwn(answer, name) ? Reflect.get(answer, name) : undefined;
}

function isLine(value: unknown): value is string {
  return typeof value === 'string' && faultInText(value) === undefined;
}

/** Undefined: it is no time. @throws {RangeError} a date that is none. */
function timeOf(value: unknown): number | undefined {
  if (value instanceof Object && 'toISOString' in value) {
    const { toISOString } = value;
    return typeof toISOString === 'function' ? timeOf(toISOString.call(value)) : undefined;
  }
  return typeof value === 'string' ? parseTime(value) : undefined;
}
