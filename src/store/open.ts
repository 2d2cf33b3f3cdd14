import type { Ports } from '../ports.js';

/**
 * Where the data is, and who asks.
 * @public
 */
export interface StoreOptions {
  /** `sqlite:./file.db`, `postgres://…` or `memory:`. */
  readonly url: string;
  /** PostgreSQL: a connection for LISTEN that does not go through a pooler. */
  readonly directUrl?: string | undefined;
  /** A `server` owns a SQLite file, and waits for the one before it to let go; a `tool` does not. */
  readonly role: 'server' | 'tool';
  readonly ports: Ports;
}

/**
 * Whether a change could begin now, or what stands in its way.
 * @public
 */
export type WriteProbe = 'free' | 'locked' | 'standby' | 'read_only';

/**
 * The state of a database's schema.
 * @public
 */
export type SchemaState =
  | { readonly kind: 'ready'; readonly version: number }
  | { readonly kind: 'uninitialised' }
  | { readonly kind: 'older'; readonly version: number; readonly needs: number }
  | { readonly kind: 'newer'; readonly version: number; readonly reads: number };
