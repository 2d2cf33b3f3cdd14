import type { EventType } from '../../src/audit/event.js';
import { digestOf } from '../../src/keys/digest.js';
import { type KeyId, type KeyspaceId, newEventId, newKeyId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import type { SecretRecord, SecretState } from '../../src/keys/secret.js';
import type { Change, Write } from '../../src/store/change.js';
import { HOUR_MS, type UsageBatch } from '../../src/store/usage.js';

/** Of ids: time and chance. */
type Source = Parameters<typeof newKeyId>[0];

/** What each version of a key in its life is, from the first. */
const VERSIONS: readonly {
  readonly type: EventType;
  readonly state: KeyRecord['state'];
  readonly secrets: readonly SecretState[];
}[] = [
  { type: 'key.created', state: 'active', secrets: ['current'] },
  { type: 'key.updated', state: 'active', secrets: ['retiring', 'current'] },
  { type: 'key.revoked', state: 'revoked', secrets: ['revoked', 'revoked'] },
];

/** How often a whole life's key was used: all of one batch. */
export const OUTCOMES: Readonly<Record<string, number>> = { valid: 3, revoked: 2 };

/** A key's life: it is made, gets a second secret and is revoked, each with an answer to keep. */
export function lifeOf(
  keyspaceId: KeyspaceId,
  source: Source,
): { readonly keyId: KeyId; readonly changes: readonly Change[] } {
  const keyId = newKeyId(source);
  const changes = VERSIONS.map(({ type, secrets }, index): Change => {
    const version = index + 1;
    const key = keyAt({ keyId, keyspaceId, version });
    const write: Write =
      version === 1
        ? { kind: 'insert_key', key }
        : { kind: 'update_key', key, expectedVersion: index, changedSecrets: key.secrets };
    const event = {
      id: newEventId(source),
      keyspaceId,
      type,
      at: source.nowMs,
      actor: { kind: 'command_line', id: 'root' },
      subject: { kind: 'key', id: keyId },
      changes: [{ field: 'secrets', from: null, to: secrets.length }],
      reason: null,
      requestId: null,
    } as const;
    const idempotency = {
      id: answerIdOf(keyId, version),
      bodyHash: 'hash',
      answer: JSON.stringify({ version }),
      expiresAt: source.nowMs + 24 * HOUR_MS,
    };
    return { writes: [write], events: [event], personal: [], caller: null, idempotency };
  });
  return { keyId, changes };
}

/** Under what the answer of each change is kept. */
export function answerIdOf(keyId: string, version: number): string {
  return `answer ${version} of ${keyId}`;
}

/** What a key of this version is, whole. */
export function keyAt(of: Pick<KeyRecord, 'keyspaceId' | 'version'> & { readonly keyId: KeyId }) {
  const { keyId, keyspaceId, version } = of;
  const { state = 'active', secrets = [] } = VERSIONS[version - 1] ?? {};
  return {
    id: keyId,
    keyspaceId,
    name: `version ${version}`,
    owner: null,
    environment: 'live',
    scopes: [],
    metadata: '{}',
    tags: [`v${version}`],
    state,
    stateReason: null,
    stateChangedAt: version,
    stateChangedBy: 'root',
    expiresAt: null,
    notBefore: null,
    createdAt: 1,
    updatedAt: version,
    restrictions: {},
    makerId: null,
    policy: null,
    version,
    secrets: secrets.map((secret, index) => secretAt(keyId, index + 1, secret)),
  } satisfies KeyRecord;
}

function secretAt(keyId: KeyId, number: number, state: SecretState): SecretRecord {
  const digest = digestOf(`${keyId} ${number}`);
  const never = { expiresAt: null, deadline: null, brownout: null } as const;
  return { number, scheme: 'sha256', digest, hint: 'made', state, createdAt: 1, ...never };
}

/** The uses of one key, each with the same moment. */
export function batchOf(keyspaceId: KeyspaceId, keyId: KeyId, source: Source): UsageBatch {
  const lastAt = source.nowMs;
  const place = { keyspaceId, keyId, secretNumber: 1, hourAt: lastAt - (lastAt % HOUR_MS), lastAt };
  const counts = Object.entries(OUTCOMES).map(([outcome, count]) => ({ ...place, outcome, count }));
  return { id: `batch of ${keyId}`, at: lastAt, counts };
}
