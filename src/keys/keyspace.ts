import type { ForeignShape } from './foreign-shape.js';
import { PREFIX_SHAPE } from './format.js';
import type { KeyspaceId } from './id.js';
import type { LogoFacts } from './logo.js';

/**
 * Where a keyspace's keys may stand in a request.
 * @public
 */
export interface CredentialForms {
  /** Header names whose whole value is a key, in lower case. */
  readonly headers: readonly string[];
  /** Schemes of the `Authorization` header (RFC 9110 §11.4), in lower case. */
  readonly schemes: readonly string[];
  /** A query parameter that may carry a key; null: keys in URLs are refused. */
  readonly query: string | null;
}

/**
 * How a refusal is said: by a problem document (RFC 9457), or as djangorestframework-api-key did.
 * @public
 */
export type RefusalForm = 'problem' | 'drf';

/**
 * How a keyspace shows itself to people. The logo itself is kept apart.
 * @public
 */
export interface BrandingRecord {
  /** Null: its own name is shown. */
  readonly name: string | null;
  readonly logo: LogoFacts | null;
  /** Where answers to mails go. Absent in what an earlier version has written; null: nowhere. */
  readonly replyTo?: string | null;
}

/**
 * The keys of one API, and the border between tenants.
 * @public
 */
export interface KeyspaceRecord {
  readonly id: KeyspaceId;
  readonly name: string;
  readonly prefix: string;
  /** Exactly one is: its keys call Keyturn's own API and nothing else. */
  readonly isManagement: boolean;
  readonly credentials: CredentialForms;
  /** How its guards refuse, unless they say otherwise. */
  readonly refusal: RefusalForm;
  /** The scopes its keys may hold; null: any. */
  readonly scopes: readonly string[] | null;
  /** No instance answers from a cache older than this. */
  readonly stalenessMs: number;
  /** How long secrets already seen valid still pass while the store is lost. */
  readonly storeLossMs: number;
  /** How its keys look that were made elsewhere; most have none. */
  readonly foreignShapes: readonly ForeignShape[];
  readonly branding: BrandingRecord;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

/** @public */
export const DEFAULT_KEYSPACE = { name: 'default', prefix: 'key' } as const;
/** @public */
export const MANAGEMENT_KEYSPACE = { name: 'keyturn', prefix: 'kt' } as const;
/**
 * `Authorization: Api-Key …`, `Authorization: Bearer …`, `X-API-Key: …`.
 * @public
 */
export const DEFAULT_CREDENTIALS: CredentialForms = Object.freeze({
  headers: Object.freeze(['x-api-key']),
  schemes: Object.freeze(['api-key', 'bearer']),
  query: null,
});
/** @public */
export const NO_BRANDING: BrandingRecord = Object.freeze({ name: null, logo: null });
/** @public */
export const DEFAULT_STALENESS_MS = 5_000;
/**
 * Below it, an instance would poll the store more often than every 100 ms.
 * @public
 */
export const MIN_STALENESS_MS = 300;
/** @public */
export const MAX_STALENESS_MS = 60_000;
/** @public */
export const MAX_STORE_LOSS_MS = 15 * 60_000;

const NAME_SHAPE = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Whether the text can name a keyspace.
 * @public
 */
export function isKeyspaceName(text: string): boolean {
  return NAME_SHAPE.test(text);
}

/**
 * Whether the text can stand in front of a keyspace's keys.
 * @public
 */
export function isPrefix(text: string): boolean {
  return PREFIX_SHAPE.test(text);
}
