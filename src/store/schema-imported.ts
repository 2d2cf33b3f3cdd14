import type { KeyId, KeyspaceId } from '../keys/id.js';

/** Beside `keys`: where those came from that were made elsewhere. */
export interface ImportedKeysTable {
  key_id: KeyId;
  keyspace_id: KeyspaceId;
  /** The digest of the id that the source has for it. */
  source_id: string;
  /** Of what the source said of its secret, to see whether that has changed. */
  fingerprint: string;
  /** The prefix under which a salted hash is found. */
  lookup: string | null;
}

/** What no import may bring again. A mark is a digest, or a source's id in its keyspace. */
export interface DeletedSecretsTable {
  mark: string;
  keyspace_id: KeyspaceId;
}
