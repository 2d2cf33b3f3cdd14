import type { UpdateOptions, WriteOptions } from './public.js';
import type { List, PageQuery } from './views.js';

// Destinations, as the library, the HTTP API and the command line show them.

/** What a kind takes: which file, which field of which secret. Never a credential. */
export type DestinationSettings = Readonly<Record<string, unknown>>;

/** A place that holds a key's secret, and gets each new one. */
export interface DestinationInput {
  /** Of its key, unique. */
  readonly name: string;
  /** A key's id. */
  readonly key: string;
  /** `dotenv`, `vault`; or one of your own. */
  readonly kind: string;
  readonly settings: DestinationSettings;
  /** Of a key's destinations, the lower is written first. Default: after the others. */
  readonly position?: number | undefined;
}

/** What is absent stays. */
export interface DestinationPatch {
  readonly name?: string | undefined;
  /** All of them: what is left out is gone. */
  readonly settings?: DestinationSettings | undefined;
  readonly position?: number | undefined;
}

/** A destination, as it is kept. */
export interface KeyDestination {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  /** By name. */
  readonly keyspace: string;
  readonly kind: string;
  readonly settings: DestinationSettings;
  /** What is stored of its settings cannot be read, and none are shown: say all of them anew, or delete it. */
  readonly damaged?: true;
  readonly position: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** A destination that was made. */
export interface CreatedDestination extends KeyDestination {
  /**
   * The open rotation that had looked before where to deliver, by id: nothing of it comes here, and
   * what stands here is the secret that it ends. Null: there is none.
   */
  readonly missedBy: string | null;
  /**
   * The open rotation that had looked before, and delivers here once somebody retries it: another place
   * of it is gone, or is another one by now. Null: there is none.
   */
  readonly joinsOnRetry: string | null;
}

/** What was found where a destination leads. Nothing was changed there. */
export interface DestinationTrial {
  /** For people: `/srv/app/.env, variable API_KEY`. */
  readonly place: string;
  /** Whether it could be written now; if not, why, and what to do. */
  readonly preflight: 'ready' | { readonly class: string; readonly message: string };
  /** Which of the key's secrets stands there. `unreadable`: it cannot be told. */
  readonly holds: { readonly secret: number } | 'another value' | 'nothing' | 'unreadable';
}

export interface DestinationQuery extends PageQuery {
  /** Name or id. Absent: every keyspace that the caller may see. */
  readonly keyspace?: string | undefined;
  /** A key's id. */
  readonly key?: string | undefined;
}

/**
 * Where new secrets are delivered to. Who changes one receives every secret to come: beside
 * `destinations:write` it takes `keys:rotate`, within whose keyspaces the key is.
 */
export interface Destinations {
  /**
   * @throws {UnprocessableError} the configuration does not allow this place, or has no such kind.
   * @throws {AlreadyExistsError} the key has a destination of this name.
   */
  create(input: DestinationInput, options?: WriteOptions): Promise<CreatedDestination>;
  get(id: string): Promise<KeyDestination>;
  /** By id, which is in the order in which they were made. */
  list(query?: DestinationQuery): List<KeyDestination>;
  update(id: string, patch: DestinationPatch, options?: UpdateOptions): Promise<KeyDestination>;
  /** What it holds stays there. */
  delete(id: string, options?: UpdateOptions): Promise<void>;
  /** Looks whether it could be written, and which secret is there. */
  test(id: string): Promise<DestinationTrial>;
}
