import { KeyturnError } from '../../errors.js';
import type { Keyspace } from '../../views.js';
import type { Session } from '../connect.js';
import { shapeText } from '../foreign-shape.js';

/** The keyspace that is imported into; undefined: who imports may not see it. */
export async function keyspaceOf(
  { keyspaces }: Session,
  name = 'default',
): Promise<Keyspace | undefined> {
  return await keyspaces.get(name).catch((error: unknown) => {
    if (error instanceof KeyturnError) return undefined;
    throw error;
  });
}

/**
 * What an import leaves to be done with its keyspace.
 * @param hasHashes some keys are known by a hash alone: how long they are nobody knows.
 */
export function keyspaceNotes(
  before: Keyspace | undefined,
  after: Keyspace | undefined,
  hasHashes: boolean,
): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return [...widenedNotes(before, after), ...(hasHashes ? bearerNotes(after) : [])];
}

/** Somebody had said how keys look, and more texts are looked up now. */
function widenedNotes(before: Keyspace, after: Keyspace): readonly string[] {
  const [old, now] = [before, after].map((one) => one.foreignShapes.map(shapeText));
  if (old === undefined || now === undefined || !hasLength(before)) return [];
  if (now.every((shape) => old.includes(shape))) return [];
  return [
    `The keyspace looks more texts up now: its foreign shapes were ${old.join(' ')}, and are ${now.join(' ')}. ` +
      `Narrow them again with keyturn keyspace update ${after.name} --foreign-shape LENGTH,ALPHABET`,
  ];
}

function bearerNotes(keyspace: Keyspace): readonly string[] {
  const schemes = keyspace.credentials.schemes.map((scheme) => scheme.toLowerCase());
  const isRead = !schemes.includes('bearer') || schemes.length === 1 || hasLength(keyspace);
  if (isRead) return [];
  return [
    'Of keys that are known by a hash the length is not known: "Authorization: Bearer" is not read for them. Where ' +
      `clients send that: keyturn keyspace update ${keyspace.name} --foreign-shape LENGTH,ALPHABET (or --scheme Bearer, for any token)`,
  ];
}

function hasLength({ foreignShapes }: Keyspace): boolean {
  return foreignShapes.some(({ minLength, maxLength }) => minLength === maxLength);
}

/** Whether a row holds no more of its key than a hash. */
export function isHashAlone(row: Readonly<Record<string, unknown>> | undefined): boolean {
  return row !== undefined && typeof row['plaintext'] !== 'string';
}
