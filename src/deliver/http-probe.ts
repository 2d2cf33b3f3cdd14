import { isObject } from '../form.js';
import type { CredentialForms } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import { isListed } from '../outside/hosts.js';
import type { Network, NetworkFailure } from '../outside/network.js';
import { failed } from './call.js';
import type { DeliveryFailure } from './destination.js';
import { indexOf, namesIn } from './pointer.js';
import { type HttpProbe, type ProbeOutcome, placeOf } from './probe.js';
import { waitMsOf } from './retry-after.js';

const MAX_ANSWER_BYTES = 1_048_576;
const DEFAULT_RETRY_MS = 60_000; // Of who throttles, and does not say for how long.
/** It says whose request it is; nothing counts on that. */
const USER_AGENT = 'keyturn-probe';

/** What it reaches the outside by. */
export interface HttpProbeOutside {
  readonly network: Network;
  readonly clock: { nowMs(): number };
  /** Under "probes.hosts" in the server's configuration. */
  readonly hosts: readonly string[];
  /** Certificates (PEM) that are trusted instead of the platform's own; a failure: they cannot be read. */
  readonly authority: () => Promise<string | undefined | DeliveryFailure>;
}

/** Why the host may not be asked; undefined: it is listed. */
export function unlisted(probe: HttpProbe, hosts: readonly string[]): string | undefined {
  const url = new URL(probe.url);
  if (isListed(url, hosts)) return undefined;
  const entry = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  return (
    `${entry} is not allowed to see new secrets. ` +
    `If that is meant, add "${entry}" to "probes.hosts" in the server's configuration.`
  );
}

/** Asks once, with the secret in its place, and judges the answer. */
export async function askWith(
  probe: HttpProbe,
  { plaintext, forms }: { readonly plaintext: Plaintext; readonly forms: CredentialForms },
  { network, clock, hosts, authority }: HttpProbeOutside,
): Promise<ProbeOutcome> {
  const stranger = unlisted(probe, hosts);
  if (stranger !== undefined) return failed('destination_auth', stranger);
  const field = fieldOf(probe, forms);
  if (field === undefined) {
    const advice = 'Name a "header" or a "scheme" in the probe.';
    return failed('destination_auth', `The keyspace takes keys in no header. ${advice}`);
  }
  const ca = await authority();
  if (typeof ca === 'object') return ca;
  const answer = await network.request({
    method: probe.method,
    url: probe.url,
    headers: { 'user-agent': USER_AGENT, [field.name]: field.before + plaintext.reveal() },
    timeoutMs: probe.timeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
    ca,
  });
  if (answer.kind === 'failed') return lost(answer);
  const { status, headers, body } = answer;
  const waitMs = waitMsOf(headers['retry-after'], clock.nowMs());
  const unlike = statusFault(probe, status, waitMs);
  if (unlike !== undefined) return unlike;
  if (isAsExpected(probe, body)) return { kind: 'passed' };
  const advice = 'Look at what it answers, or at what its policy expects.';
  const message = `${placeOf(probe)} answered ${status}, with another body than expected. ${advice}`;
  return failed('target_missing', message);
}

/** Where the secret stands, and what before it. */
function fieldOf({ header, scheme }: HttpProbe, { headers, schemes }: CredentialForms) {
  if (header !== null) return { name: header, before: scheme === null ? '' : `${scheme} ` };
  const [ownScheme] = scheme === null ? schemes : [scheme];
  if (ownScheme !== undefined) return { name: 'authorization', before: `${ownScheme} ` };
  const [ownHeader] = headers;
  return ownHeader === undefined ? undefined : { name: ownHeader, before: '' };
}

/** Of an answer, only 401 and 403 speak against the secret. */
function statusFault(
  probe: HttpProbe,
  status: number,
  waitMs: number | undefined,
): DeliveryFailure | undefined {
  if (probe.expect.status.includes(status)) return undefined;
  const said = `${placeOf(probe)} answered ${status}`;
  if (status === 401 || status === 403) {
    return failed('value_rejected', `${said}: it refuses the new secret.`);
  }
  if (status === 429) return paused(said, waitMs ?? DEFAULT_RETRY_MS);
  if (status === 408 || status >= 500) {
    const unwell = failed('transient', `${said}: it is not well.`);
    return waitMs === undefined ? unwell : { ...unwell, retryAfterMs: waitMs };
  }
  const advice =
    status >= 300 && status < 400
      ? 'A redirect is not followed. Name the last address as its "url".'
      : 'Is its "url" right, and what its policy expects?';
  return failed('target_missing', `${said}. ${advice}`);
}

function paused(said: string, retryAfterMs: number): DeliveryFailure {
  const message = `${said}: it asks for a pause of ${Math.ceil(retryAfterMs / 1_000)} s.`;
  return { kind: 'failed', class: 'throttled', message, retryAfterMs };
}

function lost({ class: why, message }: NetworkFailure): DeliveryFailure {
  switch (why) {
    case 'timeout':
    case 'unreachable':
      return failed('transient', message);
    case 'tls':
    case 'refused_address':
      return failed('destination_auth', message);
    case 'too_large':
      return failed('target_missing', message);
  }
}

function isAsExpected({ expect: { body: part, json } }: HttpProbe, body: string): boolean {
  if (part !== null && !body.includes(part)) return false;
  return json === null || valueAt(body, json.pointer) === json.equals;
}

/** Undefined: it is no JSON, or has no such place. */
function valueAt(text: string, pointer: string): unknown {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const name of namesIn(pointer)) found = within(found, name);
  return found;
}

function within(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    const index = indexOf(name);
    return index === undefined ? undefined : value[index];
  }
  return isObject(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
