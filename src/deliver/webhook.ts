import { createHmac } from 'node:crypto';
import { objectOf, required } from '../form.js';
import { type Digest, digestOf, isSameDigest, sha256From } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import type { KeyId } from '../keys/id.js';
import type { Plaintext } from '../keys/plaintext.js';
import {
  type Answered,
  call,
  failed,
  forbidden,
  type NetworkOutside,
  type Service,
  textAt,
  unexpected,
} from './call.js';
import type {
  Delivery,
  DeliveryFailure,
  DestinationKind,
  Reading,
  Writing,
} from './destination.js';
import { connectionName } from './settings.js';

// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const SECRET_PREFIX = 'whsec_';
const MIN_SECRET_BYTES = 24; // The specification's least. Of a shorter one somebody made a mistake.
const GONE = 410; // The specification's word for a receiver that wants nothing more.

interface Settings {
  readonly connection: string;
}

/**
 * A program of the operator's own, told by messages that are signed as Standard Webhooks says.
 * `secret.read` asks what it holds, `secret.deliver` brings a value. It may answer either with
 * `{ "fingerprint": … }`, the SHA-256 of what it holds then; without, nobody can read it back.
 */
export const webhook: DestinationKind<Settings, NetworkOutside> = {
  kind: 'webhook',
  settings: required(objectOf({ connection: connectionName })),
  open({ connection: name }, outside, keyId) {
    const connection = outside.connections.get(name, 'webhook');
    const send = (message: Message) => sendSigned({ outside, connection, keyId }, message);
    const read = async () => readingOf(await send(question(outside, keyId)), name);
    return {
      place: `connection "${name}": its receiver`,
      async preflight() {
        const found = await read();
        return found.kind === 'failed' ? found : { kind: 'ready' };
      },
      read,
      async write(value, expected, delivery) {
        const answer = await send(deliveryOf({ value, expected, delivery }));
        return writingOf(answer, name, value);
      },
      async readBack(written) {
        if (written.kind !== 'written' || written.fingerprint === undefined) return read();
        return { kind: 'found', fingerprint: written.fingerprint };
      },
      reload: async () => ({ kind: 'nothing_to_do' }),
    };
  },
};

interface Message {
  readonly id: string;
  readonly type: 'secret.read' | 'secret.deliver';
  readonly data: Readonly<Record<string, unknown>>;
}

/** It changes nothing, so a repeated one is another message. */
function question({ clock }: NetworkOutside, keyId: KeyId): Message {
  return { id: `read_${keyId}_${clock.nowMs()}`, type: 'secret.read', data: {} };
}

function deliveryOf({
  value,
  expected,
  delivery,
}: {
  readonly value: Plaintext;
  readonly expected: Reading;
  readonly delivery: Delivery;
}): Message {
  // What should stand there now, so that it can refuse. The new one's it has to work out itself:
  // an echo of what was sent would be no proof that it arrived.
  const expectedFingerprint = expected.kind === 'found' ? expected.fingerprint : null;
  const { id, secretNumber } = delivery;
  return {
    id,
    type: 'secret.deliver',
    data: { secret: secretNumber, value: value.reveal(), expectedFingerprint },
  };
}

async function sendSigned(
  {
    outside,
    connection,
    keyId,
  }: Pick<Service, 'outside' | 'connection'> & {
    readonly connection: { readonly secret: Service['credential'] };
    readonly keyId: KeyId;
  },
  { id, type, data }: Message,
): Promise<Answered | DeliveryFailure> {
  const secret = await outside.connections.read(connection.secret, connection.name);
  if ('kind' in secret) return secret;
  if (keyIn(secret).length < MIN_SECRET_BYTES) {
    const shape = `"${SECRET_PREFIX}" and ${MIN_SECRET_BYTES} bytes or more in base64`;
    return failed(
      'destination_auth',
      `Connection "${connection.name}": its secret is not ${shape}.`,
    );
  }
  const nowMs = outside.clock.nowMs();
  const headersFor = (key: Plaintext, content: string) =>
    signed(key, { id, timestamp: String(Math.floor(nowMs / 1_000)), content });
  const service = { outside, connection, credential: connection.secret, headersFor };
  const body = { type, timestamp: formatTime(nowMs), data: { key: keyId, ...data } };
  return call(service, { method: 'POST', path: '', body });
}

function signed(
  secret: Plaintext,
  { id, timestamp, content }: Record<'id' | 'timestamp' | 'content', string>,
): Readonly<Record<string, string>> {
  const signature = createHmac('sha256', keyIn(secret))
    .update(`${id}.${timestamp}.${content}`)
    .digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

function keyIn(secret: Plaintext): Buffer {
  return Buffer.from(secret.reveal().replace(SECRET_PREFIX, ''), 'base64');
}

function readingOf(answer: Answered | DeliveryFailure, name: string): Reading {
  if (answer.kind === 'failed') return answer;
  if (answer.status >= 300) return faultOf(answer, name);
  const fingerprint = fingerprintIn(answer);
  return fingerprint === undefined ? { kind: 'unreadable' } : { kind: 'found', fingerprint };
}

function writingOf(answer: Answered | DeliveryFailure, name: string, value: Plaintext): Writing {
  if (answer.kind === 'failed') return answer;
  const fingerprint = fingerprintIn(answer);
  if (answer.status === 409) {
    // Also where the value came the last time, and the answer did not.
    const isThere =
      fingerprint !== undefined && isSameDigest(fingerprint, digestOf(value.reveal()));
    return isThere
      ? { kind: 'written', fingerprint }
      : { kind: 'drift', found: fingerprint ?? null };
  }
  if (answer.status === 400 || answer.status === 422) {
    return failed('value_rejected', `Connection "${name}" takes no such value (${answer.status}).`);
  }
  return answer.status >= 300 ? faultOf(answer, name) : { kind: 'written', fingerprint };
}

function fingerprintIn({ body }: Answered): Digest | undefined {
  const said = textAt(body, 'fingerprint');
  return said === undefined ? undefined : sha256From(said);
}

function faultOf(answer: Answered, name: string): DeliveryFailure {
  if (answer.status === 403) return forbidden(name, 'send this');
  if (answer.status !== 404 && answer.status !== GONE) return unexpected(name, answer);
  const advice = 'Is its "url" right?';
  const message = `Connection "${name}" has nobody who listens (${answer.status}). ${advice}`;
  return failed('target_missing', message);
}
