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
  /** A `server` owns a SQLite file with its process, and waits for another; a `tool` does not. */
  readonly role: 'server' | 'tool';
  readonly ports: Ports;
  /** Told, at once, of a server that has the file open already. */
  readonly waits?: ((sentence: string) => void) | undefined;
}

/**
 * Whether a change could begin now, or what stands in its way.
 * @public
 */
export type WriteProbe =
  | 'free'
  | 'locked'
  | 'standby'
  | 'read_only'
  | 'forbidden'
  | 'denied'
  | 'full';

/**
 * The state of a database's schema.
 * @public
 */
export type SchemaState =
  | { readonly kind: 'ready'; readonly version: number }
  | { readonly kind: 'uninitialised' }
  | { readonly kind: 'older'; readonly version: number; readonly needs: number }
  | { readonly kind: 'newer'; readonly version: number; readonly reads: number };
