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
 * A place that holds a key's secret.
 * @public
 */
export type DestinationId = string & { readonly [brand]: 'DestinationId' };
/** @public */
export type ChannelId = string & { readonly [brand]: 'ChannelId' };
/** @public */
export type NoticeId = string & { readonly [brand]: 'NoticeId' };
/**
 * A person who signs in: of an account, or of the host application's own.
 * @public
 */
export type PersonId = string & { readonly [brand]: 'PersonId' };
/**
 * One sign-in of a person, until it ends.
 * @public
 */
export type SessionId = string & { readonly [brand]: 'SessionId' };
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

/** The last one that this process has made for a rotation. */
let lastOfRotations = '';

/**
 * `rot_` and a ULID in lower case. Those that one process makes within a millisecond rise, as the
 * ULID specification has it (Monotonicity): lists show them in the order in which they were begun.
 * @public
 */
export function newRotationId(source: IdSource): RotationId {
  lastOfRotations = risenAbove(lastOfRotations, ulid(source));
  return `rot_${lastOfRotations}` as RotationId;
}

/**
 * `dst_` and a ULID in lower case.
 * @public
 */
export function newDestinationId(source: IdSource): DestinationId {
  return `dst_${ulid(source)}` as DestinationId;
}

/**
 * Takes a string as a destination's id; undefined if it does not look like one.
 * @public
 */
export function destinationIdFrom(text: string): DestinationId | undefined {
  return isId(text, 'dst_') ? (text as DestinationId) : undefined;
}

/**
 * `chn_` and a ULID in lower case.
 * @public
 */
export function newChannelId(source: IdSource): ChannelId {
  return `chn_${ulid(source)}` as ChannelId;
}

/**
 * Takes a string as a channel's id; undefined if it does not look like one.
 * @public
 */
export function channelIdFrom(text: string): ChannelId | undefined {
  return isId(text, 'chn_') ? (text as ChannelId) : undefined;
}

/**
 * `ntc_` and a ULID in lower case.
 * @public
 */
export function newNoticeId(source: IdSource): NoticeId {
  return `ntc_${ulid(source)}` as NoticeId;
}

/**
 * Takes a string as a notice's id; undefined if it does not look like one.
 * @public
 */
export function noticeIdFrom(text: string): NoticeId | undefined {
  return isId(text, 'ntc_') ? (text as NoticeId) : undefined;
}

/**
 * `usr_` and a ULID in lower case.
 * @public
 */
export function newPersonId(source: IdSource): PersonId {
  return `usr_${ulid(source)}` as PersonId;
}

/**
 * Takes a string as a person's id; undefined if it does not look like one.
 * @public
 */
export function personIdFrom(text: string): PersonId | undefined {
  return isId(text, 'usr_') ? (text as PersonId) : undefined;
}

/**
 * Whom the host application has signed in: its own name for them, which none of our ids is.
 * @public
 */
export function hostPersonId(actor: string): PersonId {
  return (actor.startsWith('host:') ? actor : `host:${actor}`) as PersonId;
}

/**
 * `ses_` and a ULID in lower case.
 * @public
 */
export function newSessionId(source: IdSource): SessionId {
  return `ses_${ulid(source)}` as SessionId;
}

/**
 * Takes a string as a session's id; undefined if it does not look like one.
 * @public
 */
export function sessionIdFrom(text: string): SessionId | undefined {
  return isId(text, 'ses_') ? (text as SessionId) : undefined;
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

/**
 * When an id was made, in milliseconds UTC.
 * @public
 */
export function madeAt(id: KeyId): number {
  const time = id.slice('key_'.length, 'key_'.length + TIME_LENGTH);
  return [...time].reduce((sum, digit) => sum * ALPHABET.length + ALPHABET.indexOf(digit), 0);
}

function isId(text: string, prefix: string): boolean {
  if (text.length !== prefix.length + TIME_LENGTH + RANDOM_LENGTH) return false;
  if (!text.startsWith(prefix)) return false;
  for (let index = prefix.length; index < text.length; index += 1) {
    if (!ALPHABET.includes(text.charAt(index))) return false;
  }
  return true;
}

/** The next after the last one, where both are of one millisecond; else what was made. */
function risenAbove(last: string, made: string): string {
  if (last.slice(0, TIME_LENGTH) !== made.slice(0, TIME_LENGTH)) return made;
  const place = last.search(/[^z]z*$/); // What stands behind it begins anew.
  if (place < TIME_LENGTH) return made; // There is none after it: one in 32 ** 16.
  const next = ALPHABET.charAt(ALPHABET.indexOf(last.charAt(place)) + 1);
  return last.slice(0, place) + next + '0'.repeat(last.length - place - 1);
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
