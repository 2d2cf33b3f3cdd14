import { KeyturnError } from '../../src/errors.js';
import type { Keyturn } from '../../src/public.js';
import type { VerifiedKey } from '../../src/verdict.js';
import type { KeyInput, KeyPatch } from '../../src/views.js';
import { type Got, readAnswer } from '../http/world.js';
import { KEYSPACES, SENT } from './family.js';

/** One key of a family. */
export interface Member {
  readonly id: string;
  readonly plaintext: string;
  /** As it was found when it was new: a host may have kept it. Undefined if it was refused. */
  readonly known: VerifiedKey | undefined;
}

/** What a key calls for. */
export type Call =
  | { readonly kind: 'make'; readonly input: KeyInput }
  | { readonly kind: 'change'; readonly id: string; readonly patch: KeyPatch }
  | { readonly kind: 'disable' | 'enable' | 'revoke'; readonly id: string };

/** What came of a call: the key that was made, if one was; or the code of the refusal. */
type Outcome =
  | { readonly ok: true; readonly made?: { readonly id: string; readonly plaintext: string } }
  | { readonly ok: false; readonly code: string };

/** Who calls, and whether by the rights it had when it was new: a host may have kept them. */
interface Asking {
  readonly keyturn: Keyturn;
  readonly caller: Member;
  readonly isStale: boolean;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

/** A way in. */
export type Door = (asking: Asking, call: Call) => Promise<Outcome>;

/** The ways in; HTTP reads the rights of the caller anew for each request. */
export const doors: readonly { readonly door: string; readonly ask: Door }[] = [
  { door: 'the library', ask: askLibrary },
  { door: 'HTTP', ask: askHttp },
];

/** What a host is told of a key that it is shown; undefined if it is refused. */
export async function knownOf(
  keyturn: Keyturn,
  plaintext: string,
): Promise<VerifiedKey | undefined> {
  const request = { ...SENT, plaintext, keyspace: 'keyturn', method: 'POST', path: '/v1/keys' };
  const verdict = await keyturn.verify(request);
  return verdict.valid ? verdict.key : undefined;
}

async function askLibrary({ keyturn, caller, isStale }: Asking, call: Call): Promise<Outcome> {
  const key = isStale ? caller.known : await knownOf(keyturn, caller.plaintext);
  if (key === undefined) return { ok: false, code: 'not admitted' };
  const { keys } = keyturn.as({ actor: { kind: 'management_key', id: caller.id }, key });
  try {
    if (call.kind === 'make') {
      const { key: made, plaintext } = await keys.create(call.input);
      return { ok: true, made: { id: made.id, plaintext } };
    }
    if (call.kind === 'change') await keys.update(call.id, call.patch);
    else await keys[call.kind](call.id);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof KeyturnError)) throw error;
    return { ok: false, code: error.code };
  }
}

async function askHttp({ keyturn, caller }: Asking, call: Call): Promise<Outcome> {
  const { status, json } = await send(keyturn, caller.plaintext, requestOf(call));
  if (status >= 400) return { ok: false, code: json.code };
  if (call.kind !== 'make') return { ok: true };
  return { ok: true, made: { id: json.key.id, plaintext: json.plaintext } };
}

function requestOf(call: Call): Sent {
  if (call.kind === 'make') return { method: 'POST', path: '/v1/keys', body: call.input };
  const path = `/v1/keys/${call.id}`;
  if (call.kind === 'change') return { method: 'PATCH', path, body: call.patch };
  return { method: 'POST', path: `${path}/${call.kind}`, body: {} };
}

/** Every read that the key is answered, by its path. */
export async function reachOf(
  keyturn: Keyturn,
  { plaintext }: Member,
): Promise<ReadonlySet<string>> {
  const reach = new Set<string>();
  for (const keyspace of KEYSPACES) {
    for (const noun of ['keys?keyspace=', 'owners?keyspace=', 'events?keyspace=', 'keyspaces/']) {
      const path = `/v1/${noun}${keyspace}`;
      const { status } = await send(keyturn, plaintext, { method: 'GET', path });
      if (status === 200) reach.add(path);
    }
  }
  return reach;
}

async function send(keyturn: Keyturn, plaintext: string, sent: Sent): Promise<Got> {
  const { method, path, body } = sent;
  const headers = { 'x-api-key': plaintext, origin: SENT.origin };
  const request = new Request(`http://keyturn.test${path}`, {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return readAnswer(await keyturn.handler(request, { address: SENT.address }));
}
