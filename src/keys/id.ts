declare const brand: unique symbol;

/**
 * A key's identity. It never changes when the secret is replaced.
 * @public
 */
export type KeyId = string & { readonly [brand]: 'KeyId' };
/**
 * A keyspace's identity.
 * @public
 */
export type KeyspaceId = string & { readonly [brand]: 'KeyspaceId' };
/**
 * An event's identity.
 * @public
 */
export type EventId = string & { readonly [brand]: 'EventId' };
/**
 * A rotation's identity.
 * @public
 */
export type RotationId = string & { readonly [brand]: 'RotationId' };
/**
 * One running instance of Keyturn.
 * @public
 */
export type InstanceId = string & { readonly [brand]: 'InstanceId' };

interface IdSource {
  readonly nowMs: number;
  readonly random: { bytes(count: number): Uint8Array };
}

// Crockford's base 32, lower case: sorts as its numbers do, safe in a URL, no look-alikes.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;

/**
 * `key_` and a ULID in lower case: sortable by time, safe in a URL.
 * @public
 */
export function newKeyId(source: IdSource): KeyId {
  return `key_${ulid(source)}` as KeyId;
}

/**
 * `ks_` and a ULID in lower case.
 * @public
 */
export function newKeyspaceId(source: IdSource): KeyspaceId {
  return `ks_${ulid(source)}` as KeyspaceId;
}

/**
 * `evt_` and a ULID in lower case.
 * @public
 */
export function newEventId(source: IdSource): EventId {
  return `evt_${ulid(source)}` as EventId;
}

/**
 * `ins_` and a ULID in lower case.
 * @public
 */
export function newInstanceId(source: IdSource): InstanceId {
  return `ins_${ulid(source)}` as InstanceId;
}

/**
 * `rot_` and a ULID in lower case.
 * @public
 */
export function newRotationId(source: IdSource): RotationId {
  return `rot_${ulid(source)}` as RotationId;
}

/**
 * Takes a string as a rotation id; undefined if it does not look like one.
 * @public
 */
export function rotationIdFrom(text: string): RotationId | undefined {
  return isId(text, 'rot_') ? (text as RotationId) : undefined;
}

/**
 * Takes a stored or received string as a key id; undefined if it does not look like one.
 * @public
 */
export function keyIdFrom(text: string): KeyId | undefined {
  return isId(text, 'key_') ? (text as KeyId) : undefined;
}

/**
 * Takes a string as a keyspace id; undefined if it does not look like one.
 * @public
 */
export function keyspaceIdFrom(text: string): KeyspaceId | undefined {
  return isId(text, 'ks_') ? (text as KeyspaceId) : undefined;
}

function isId(text: string, prefix: string): boolean {
  if (text.length !== prefix.length + TIME_LENGTH + RANDOM_LENGTH) return false;
  if (!text.startsWith(prefix)) return false;
  for (let index = prefix.length; index < text.length; index += 1) {
    if (!ALPHABET.includes(text.charAt(index))) return false;
  }
  return true;
}

function ulid({ nowMs, random }: IdSource): string {
  let time = '';
  for (let rest = nowMs, index = 0; index < TIME_LENGTH; index += 1) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let chance = '';
  for (const byte of random.bytes(RANDOM_LENGTH)) chance += ALPHABET.charAt(byte & 31);
  return time + chance;
}
