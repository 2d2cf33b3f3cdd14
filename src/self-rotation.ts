import { InvalidRequestError, UnauthenticatedError } from './errors.js';
import { type KeyId, keyIdFrom } from './keys/id.js';
import type { KeyspaceRecord } from './keys/keyspace.js';
import { Plaintext } from './keys/plaintext.js';
import { rightsOf } from './lifecycle/rights.js';
import type { Opening } from './opening.js';
import type { Keyturn } from './public.js';
import { rotateSelf } from './rotation/self.js';
import type { SelfRequest } from './self-views.js';
import type { Verdict } from './verdict.js';
import { readCredential } from './verify/credential.js';
import { factsOf } from './verify/senders.js';

/**
 * Checks who asks as a guard would, unless that was done and counted already, and lets the key
 * replace its own secret.
 */
export function selfRotationOf(opening: Opening, check: Keyturn['verify']): Keyturn['rotateSelf'] {
  return async (request, checked) => {
    const { engine, verifier } = await opening.open();
    const { idempotencyKey, keyspace: name } = request;
    if (idempotencyKey === undefined) throw noIdempotencyKey();
    const keyspace = verifier.keyspaces.find(name);
    const text = keyspace && textIn(request, keyspace);
    if (keyspace === undefined || text === undefined) throw refused('missing');
    const facts = factsOf(request);
    const asked = { plaintext: text, keyspace: name, ...facts, isAboutKey: true };
    const { keyId, secretNumber } = acceptedIn(checked ?? (await check(asked)));
    // Over nothing but itself: all that follows is about this one id.
    const actor = { kind: 'consumer', id: keyId } as const;
    const rights = { ...rightsOf({ actor }), key: { keyId, rights: null } };
    return rotateSelf(
      engine,
      { lifecycle: engine.lifecycle, rights },
      {
        keyId,
        secretNumber,
        plaintext: new Plaintext(text),
        consumerId: verifier.recorder.consumerIdOf(keyspace.id, facts),
        idempotencyKey,
      },
    );
  };
}

function acceptedIn(verdict: Verdict): { readonly keyId: KeyId; readonly secretNumber: number } {
  if (!verdict.valid) throw refused(verdict.code);
  const keyId = keyIdFrom(verdict.key.id);
  if (keyId === undefined) throw refused('unknown');
  return { keyId, secretNumber: verdict.secret.number };
}

function textIn({ plaintext, headers }: SelfRequest, keyspace: KeyspaceRecord): string | undefined {
  if (plaintext !== undefined || headers === undefined) return plaintext;
  const found = readCredential(headers, undefined, keyspace);
  return found.kind === 'one' ? found.plaintext : undefined;
}

function refused(code: string): UnauthenticatedError {
  return new UnauthenticatedError(`The key was refused (${code}). Show one that is accepted.`);
}

function noIdempotencyKey(): InvalidRequestError {
  const fix = 'Send a new one for each rotation, and the same one to repeat it.';
  const message = 'is needed: an answer can be lost.';
  return new InvalidRequestError([{ pointer: '/Idempotency-Key', message, fix }]);
}
