import type { EventDraft, PersonalValue } from '../audit/event.js';
import type { Digest } from '../keys/digest.js';
import type { KeyId, KeyspaceId, PersonId, SessionId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { OwnerRecord } from '../keys/owner.js';
import type { SecretRecord } from '../keys/secret.js';
import type { DestinationRecord } from './automation.js';
import type { KeyOrigin } from './imported.js';
import type { LateUser, WeighedUse } from './late-use.js';
import type { ChannelRecord, OutboxRecord } from './notices.js';
import type { IdentityRecord, InvitationRecord, PersonRecord, SessionRecord } from './people.js';
import type { Lease, PolicyRecord, RotationRecord } from './rotation.js';
import type { StoreStanding } from './standing.js';

/**
 * One write of a change. Every update is guarded by the version that was read.
 * @public
 */
export type Write =
  | {
      readonly kind: 'insert_key';
      readonly key: KeyRecord;
      /** Absent: it was made here. */
      readonly origin?: KeyOrigin;
    }
  | {
      readonly kind: 'update_key';
      readonly key: KeyRecord;
      readonly expectedVersion: number;
      readonly changedSecrets: readonly SecretRecord[];
    }
  | {
      readonly kind: 'delete_key';
      readonly keyId: KeyId;
      readonly keyspaceId: KeyspaceId;
      readonly expectedVersion: number;
    }
  /** `logo`: its logo in base64 from now on; null: none; absent: as it was. */
  | {
      readonly kind: 'insert_keyspace';
      readonly keyspace: KeyspaceRecord;
      readonly logo?: string | null | undefined;
    }
  | {
      readonly kind: 'update_keyspace';
      readonly keyspace: KeyspaceRecord;
      readonly logo?: string | null | undefined;
      readonly expectedVersion: number;
    }
  /** `expectedVersion` 0: there must be none yet. */
  | { readonly kind: 'put_owner'; readonly owner: OwnerRecord; readonly expectedVersion: number }
  | {
      readonly kind: 'insert_rotation';
      readonly rotation: RotationRecord;
      /** Held from the start by who makes it; null: by nobody. */
      readonly lease: (Lease & { readonly untilMs: number }) | null;
    }
  | {
      readonly kind: 'update_rotation';
      readonly rotation: RotationRecord;
      readonly expectedVersion: number;
      /** It must be held under this lease, still; null: whoever holds it. */
      readonly lease: Lease | null;
    }
  /**
   * Its key was ended, or a secret of it: its open rotation is due, if it has one, and who looks at
   * it now has looked too early.
   */
  | { readonly kind: 'wake_rotation'; readonly keyId: KeyId; readonly nowMs: number }
  /** `expectedVersion` 0: there must be none yet. */
  | { readonly kind: 'put_policy'; readonly policy: PolicyRecord; readonly expectedVersion: number }
  /** Unless it is `default`, no key that is not revoked may name it. */
  | {
      readonly kind: 'delete_policy';
      readonly policy: PolicyRecord;
      readonly expectedVersion: number;
    }
  /** A key of the same change names this policy: it must be there, and stays until the commit. */
  | { readonly kind: 'hold_policy'; readonly keyspaceId: KeyspaceId; readonly name: string }
  /** `expectedVersion` 0: there must be none yet, nor another of this name. */
  | {
      readonly kind: 'put_destination';
      readonly destination: DestinationRecord;
      readonly expectedVersion: number;
    }
  | {
      readonly kind: 'delete_destination';
      readonly destination: Pick<DestinationRecord, 'id' | 'keyspaceId'>;
      readonly expectedVersion: number;
    }
  /** `expectedVersion` 0: there must be none yet, nor another of this name. */
  | {
      readonly kind: 'put_channel';
      readonly channel: ChannelRecord;
      readonly expectedVersion: number;
    }
  | {
      readonly kind: 'delete_channel';
      readonly channel: Pick<ChannelRecord, 'id' | 'keyspaceId'>;
      readonly expectedVersion: number;
    }
  /** What was told already, by its idempotency key, is passed over. */
  | { readonly kind: 'insert_notices'; readonly notices: readonly OutboxRecord[] }
  /** Links that open nothing any more, by idempotency key: what was not sent yet is taken back. */
  | { readonly kind: 'withdraw_links'; readonly idempotencyKeys: readonly string[] }
  /** It must be dead: it is to be sent anew. */
  | {
      readonly kind: 'retry_notice';
      readonly notice: Pick<OutboxRecord, 'id' | 'keyspaceId'>;
      readonly nowMs: number;
    }
  /** Of a consumer that used a secret after its end; once, so that it is told of once. */
  | { readonly kind: 'mark_late'; readonly use: WeighedUse & { readonly lateAs: LateUser } }
  | {
      readonly kind: 'erase_personal';
      readonly keyspaceId: KeyspaceId;
      readonly ownerId: string;
      /** Kept answers go, too, whose text holds all of one of these groups. */
      readonly answersWith?: readonly (readonly string[])[];
    }
  | { readonly kind: 'insert_setup_link'; readonly digest: Digest; readonly expiresAt: number }
  /** Uses up every link there is, and is refused once a management key or an admin's account works. */
  | { readonly kind: 'use_setup_link'; readonly digest: Digest; readonly nowMs: number }
  | PeopleWrite
  /** Written last, and past a freeze: it is what freezes, ends and frees a database. */
  | {
      readonly kind: 'set_standing';
      readonly standing: StoreStanding;
      readonly expectedMode: StoreStanding['mode'];
    };

/** One write about who may sign in. */
export type PeopleWrite =
  /** `expectedVersion` 0: there must be none yet. `keepsAdmin`: an admin has to be left. */
  | {
      readonly kind: 'put_person';
      readonly person: PersonRecord;
      readonly expectedVersion: number;
      readonly keepsAdmin: boolean;
    }
  /** With all sessions, identities and invitations. */
  | {
      readonly kind: 'delete_person';
      readonly personId: PersonId;
      readonly expectedVersion: number;
      readonly keepsAdmin: boolean;
    }
  | { readonly kind: 'insert_identity'; readonly identity: IdentityRecord }
  | { readonly kind: 'insert_session'; readonly session: SessionRecord }
  | {
      readonly kind: 'confirm_session';
      readonly sessionId: SessionId;
      readonly confirmedAt: number;
    }
  /** Those that are over already are passed over. */
  | {
      readonly kind: 'end_sessions';
      readonly personId: PersonId;
      readonly ids: readonly SessionId[] | 'all';
    }
  /** The person's others open nothing any more. */
  | { readonly kind: 'insert_invitation'; readonly invitation: InvitationRecord }
  /** It must be the person's, and not too old; all of the person's are used up. */
  | {
      readonly kind: 'use_invitation';
      /** Null: any that is open, of who has proved by other means to be this person. */
      readonly digest: Digest | null;
      readonly personId: PersonId;
      readonly nowMs: number;
    };

/**
 * What a repeated request gets again. Never holds a plaintext.
 * @public
 */
export interface IdempotencyRecord {
  /** Caller, operation and the client's own key, hashed: no two callers can meet. */
  readonly id: string;
  readonly bodyHash: string;
  /** JSON text. */
  readonly answer: string;
  readonly expiresAt: number;
}

/**
 * A change and its events: all of it is written, or none. There is no other way to write, so no
 * change can be without its event.
 * @public
 */
export interface Change {
  readonly writes: readonly Write[];
  /**
   * At least one for what is written; the first one's id tells whether this change was already
   * made. Without a write there need be none: then an answer is kept, and nothing else.
   */
  readonly events: readonly EventDraft[];
  readonly personal: readonly PersonalValue[];
  /** The caller's own key or session must still be active, and have the rights that were read. */
  readonly caller: ChangeCaller | null;
  readonly idempotency: IdempotencyRecord | null;
}

/**
 * On whose behalf a change is made. Whatever else of its key changes meanwhile, its name or its
 * owner, is no concern of the change.
 * @public
 */
export interface KeyCaller {
  readonly keyId: KeyId;
  /** Null: it needs none but to end itself. */
  readonly rights: Pick<KeyRecord, 'scopes' | 'expiresAt' | 'restrictions'> | null;
}

/**
 * The session of a person, and what the person may do.
 * @public
 */
export interface SessionCaller {
  readonly sessionId: SessionId;
  readonly personId: PersonId;
  readonly role: PersonRecord['role'];
  readonly keyspaces: PersonRecord['keyspaces'];
}

type ChangeCaller = KeyCaller | SessionCaller;

/**
 * What to write where a key has another version than the change expects: decided from its row
 * while that is locked, so that nobody else can come first. `plan` may be called more than once;
 * what it throws takes all of it back.
 * @public
 */
export interface Replan {
  readonly keyId: KeyId;
  readonly plan: (key: KeyRecord) => Change;
}

/**
 * Why nothing was written.
 * @public
 */
export type Conflict =
  | 'version'
  | 'exists'
  | 'caller'
  | 'idempotency'
  | 'setup_link'
  | 'invitation'
  | 'last_admin';

/**
 * A change's sequence is that of its last event: what an instance must have confirmed to know of
 * all of it. Repeating the change answers the same one.
 * @public
 */
export type CommitResult =
  | { readonly ok: true; readonly sequence: number }
  | { readonly ok: false; readonly conflict: Conflict };
