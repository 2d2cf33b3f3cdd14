import type { ChainFault } from './audit/chain.js';
import type { Actor, EventType, FieldChange, Subject } from './audit/event.js';
import type { Branding, BrandingPatch } from './branding-views.js';
import type { KeyOrder } from './key-orders.js';
import type { ForeignShape } from './keys/foreign-shape.js';
import type { Environment } from './keys/format.js';
import type { KeyState, StoredKeyState } from './keys/key.js';
import type { CredentialForms, RefusalForm } from './keys/keyspace.js';
import type { Metadata } from './keys/metadata.js';
import type { Restrictions } from './keys/restrictions.js';
import type { SecretState } from './keys/secret.js';

/** One version of a key's credential, without anything that authenticates. */
export interface Secret {
  readonly number: number;
  readonly hint: string;
  readonly state: SecretState;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** Of a retiring one: when it is to be out of use. Null: no time was set. */
  readonly deadline?: string | null;
  readonly lastUsedAt: string | null;
}

/** A key as the three faces show it. */
export interface Key {
  readonly id: string;
  /** The keyspace's name. */
  readonly keyspace: string;
  readonly name: string;
  readonly owner: string | null;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly tags: readonly string[];
  readonly state: KeyState;
  readonly stateReason: string | null;
  readonly stateChangedAt: string;
  readonly stateChangedBy: string;
  readonly expiresAt: string | null;
  readonly notBefore: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastUsedAt: string | null;
  readonly policy: string | null;
  /**
   * Since when a secret that is accepted is older than its policy allows, or accepted after a deadline that
   * holds; null: none is.
   */
  readonly pastPolicySince: string | null;
  /**
   * When its schedule begins its next rotation, as planned last; in the past: nobody was there to.
   * Null: no schedule rotates it, also where one reminds of it, or it is not planned yet.
   */
  readonly nextRotationAt: string | null;
  readonly restrictions: Restrictions;
  readonly limits: readonly never[];
  readonly version: number;
  readonly secrets: readonly Secret[];
}

/** What may be said of a key when it is made. */
export interface KeyInput {
  readonly name: string;
  /** Name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
  readonly owner?: string | null | undefined;
  readonly environment?: Environment | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly metadata?: Metadata | undefined;
  readonly tags?: readonly string[] | undefined;
  /** An RFC 3339 time, a date, or a duration from now. */
  readonly expiresAt?: string | null | undefined;
  readonly notBefore?: string | null | undefined;
  readonly restrictions?: Restrictions | undefined;
  /** The policy it is rotated by; null: its keyspace's `default`. */
  readonly policy?: string | null | undefined;
}

/** A key that was made elsewhere. Null counts as absent. */
export interface ImportRow {
  /** The source's own id for it. */
  readonly id: string | number;
  /** The keyspace that it is of there: the import has to name the same, or to map it. */
  readonly keyspace?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly owner?: string | null | undefined;
  readonly environment?: Environment | null | undefined;
  readonly scopes?: readonly string[] | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  readonly metadata?: Metadata | null | undefined;
  readonly createdAt?: string | null | undefined;
  readonly expiresAt?: string | null | undefined;
  readonly notBefore?: string | null | undefined;
  readonly state?: StoredKeyState | null | undefined;
  /** Why it is in that state, as far as its source knows. */
  readonly stateReason?: string | null | undefined;
  /** What stands before the first dot of the key; a hash with a salt is found by it. */
  readonly prefix?: string | null | undefined;
  /** Its first characters, to be shown. */
  readonly start?: string | null | undefined;
  /** The key itself: its digest is stored, and nothing else. */
  readonly plaintext?: string | null | undefined;
  /** Its SHA-256, in hexadecimal or base64url. */
  readonly sha256?: string | null | undefined;
  /** Its hash, as Django writes it. */
  readonly hash?: string | null | undefined;
}

export interface ImportInput {
  /** Each an `ImportRow`; what is none is told of in the report. */
  readonly rows: readonly unknown[];
  /** Name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
  /** Take the rows that say they are of this keyspace. Absent: those of the one of that name. */
  readonly fromKeyspace?: string | undefined;
  /** Say what would happen, and change nothing. */
  readonly dryRun?: boolean | undefined;
}

/** What became of one row. */
export interface ImportResult {
  /** Its place in the call, from 0. */
  readonly row: number;
  /** The source's id for it, where it could be read. */
  readonly id: string | null;
  /** `reissue`: the source holds no hash but the key itself, so another has to be made. */
  readonly outcome: 'created' | 'unchanged' | 'differs' | 'refused' | 'reissue';
  /** The id of the key here. */
  readonly key: string | null;
  readonly name?: string | undefined;
  /** What had to be changed so that it could be kept. */
  readonly notes?: readonly string[] | undefined;
  /** The fields that the key has otherwise here. */
  readonly differs?: readonly string[] | undefined;
  /** The source says that it is revoked or disabled, and here it is accepted. */
  readonly endedThere?: true | undefined;
  readonly reason?: string | undefined;
  readonly fix?: string | undefined;
}

/** What an import did, or would do. The totals add up to `rows`. */
export interface ImportReport {
  readonly rows: readonly ImportResult[];
  readonly totals: Readonly<Record<'rows' | ImportResult['outcome'], number>>;
  readonly dryRun?: true | undefined;
  readonly replayed?: true;
}

/** What may be changed of a key; what is absent stays. */
export type KeyPatch = Partial<Omit<KeyInput, 'keyspace' | 'environment'>>;

/** A keyspace as the three faces show it. */
export interface Keyspace {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly isManagement: boolean;
  readonly credentials: CredentialForms;
  /** How guards and `/v1/authorize` refuse for it. */
  readonly refusal: RefusalForm;
  readonly scopes: readonly string[] | null;
  readonly staleness: string;
  readonly storeLoss: string;
  /** How its keys look that were made elsewhere; most have none. */
  readonly foreignShapes: readonly ForeignShape[];
  readonly branding: Branding;
  /** For secret scanners: finds this keyspace's keys in text. */
  readonly pattern: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** What never changes of a keyspace. */
export type KeyspaceFacts = Pick<Keyspace, 'id' | 'name' | 'prefix' | 'isManagement'>;

/** What was made or changed; `replayed` where a repeated call is answered. */
export type Replayable<T> = T & { readonly replayed?: true };

/** By name or id, or by a text that begins as its keys do. */
export type KeyspaceClue = { readonly name: string } | { readonly plaintext: string };

/** What may be changed of a keyspace. */
export interface KeyspacePatch {
  readonly credentials?: Partial<CredentialForms> | undefined;
  /**
   * How a request is refused: by a problem document (RFC 9457), or for clients of an API that had
   * djangorestframework-api-key as that package did. Default `problem`; a guard's own option counts
   * more.
   */
  readonly refusal?: RefusalForm | undefined;
  readonly scopes?: readonly string[] | null | undefined;
  readonly staleness?: string | undefined;
  readonly storeLoss?: string | undefined;
  readonly foreignShapes?: readonly ForeignShape[] | undefined;
  readonly branding?: BrandingPatch | undefined;
}

export interface KeyspaceInput extends KeyspacePatch {
  readonly name: string;
  readonly prefix: string;
}

/** An owner's record. */
export interface Owner {
  readonly id: string;
  readonly keyspace: string;
  readonly name: string | null;
  readonly emails: readonly string[];
  readonly locale: string | null;
  readonly timezone: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly erasedAt: string | null;
  readonly version: number;
}

export interface OwnerPatch {
  readonly name?: string | null | undefined;
  readonly emails?: readonly string[] | undefined;
  readonly locale?: string | null | undefined;
  readonly timezone?: string | null | undefined;
}

export interface OwnerInput extends OwnerPatch {
  readonly id: string;
  readonly keyspace?: string | undefined;
}

/** An event of the audit trail. Personal values are shown until their owner is erased. */
export interface Event {
  readonly id: string;
  readonly keyspace: string;
  readonly number: number;
  readonly type: EventType;
  readonly at: string;
  readonly actor: Actor;
  readonly subject: Subject;
  readonly changes: readonly FieldChange[];
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly previousHash: string;
  readonly hash: string;
  /** What the commitments among `changes` stand for, by commitment. */
  readonly personal: Readonly<Record<string, unknown>>;
}

/** One keyspace's chain, verified from its first event, or why it does not verify. */
export interface ChainReport {
  readonly keyspace: string;
  readonly ok: boolean;
  readonly eventCount: number;
  /** The chain's head: keep it outside the database to notice a rewritten trail later. */
  readonly head: { readonly number: number; readonly hash: string };
  readonly fault: ChainFault | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A list: await it for one page, or iterate over it for all. */
export type List<T> = Promise<Page<T>> & AsyncIterable<T>;

/** `limit` ≤ 200 (default 50); `cursor` from the page before. */
export interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface KeyQuery extends PageQuery {
  readonly keyspace?: string | undefined;
  /** Each of its words begins a word of the name, owner, id, a hint, a tag or a value of the metadata. */
  readonly search?: string | undefined;
  /** In which order; `-` before it: the other way round. Default `-createdAt`. */
  readonly sort?: KeyOrder | undefined;
  readonly owner?: string | undefined;
  readonly state?: KeyState | undefined;
  readonly environment?: Environment | undefined;
  readonly tag?: string | undefined;
  /** The management key that made it. */
  readonly maker?: string | undefined;
  /** That they name; see {@link Policies}. */
  readonly policy?: string | undefined;
  /** Only those whose secret is older than their policy allows. */
  readonly pastPolicy?: boolean | undefined;
}

export interface EventQuery extends PageQuery {
  readonly keyspace?: string | undefined;
  /** A key's id, a keyspace's id or an owner's id. */
  readonly subject?: string | undefined;
  readonly type?: string | undefined;
  /** An RFC 3339 time, a date, or a duration back from now. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}
