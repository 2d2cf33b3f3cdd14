import type { UpdateOptions, WriteOptions } from './public.js';
import type { List, PageQuery, Replayable } from './views.js';

// Where people are told, and what waits to be told.

type ChannelKind = 'mail' | 'slack' | 'webhook';

/** Where operators are told. Policies name it. */
export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly keyspace: string;
  readonly kind: ChannelKind;
  /** Of `notices.connections` in the server's configuration; null: a mail. */
  readonly connection: string | null;
  /** Whom a mail goes to; null: it is none. */
  readonly addresses: readonly string[] | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** A channel as it was made or changed. */
export interface SavedChannel extends Channel {
  /** What it says and cannot keep, in words for people. */
  readonly warnings: readonly string[];
}

export interface ChannelInput {
  readonly name: string;
  readonly keyspace?: string | undefined;
  readonly kind: ChannelKind;
  readonly connection?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
}

export interface ChannelPatch {
  readonly name?: string | undefined;
  readonly connection?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
}

export interface ChannelQuery extends PageQuery {
  /** Default: every one that the caller may see. */
  readonly keyspace?: string | undefined;
}

/** What became of a test. */
export interface ChannelTest {
  readonly sent: boolean;
  /** Why not, and what to do; null: it was sent. */
  readonly detail: string | null;
}

export interface Channels {
  create(input: ChannelInput, options?: WriteOptions): Promise<Replayable<SavedChannel>>;
  /** Here and below: by its id or, where that is clear, by its name. */
  get(id: string): Promise<Channel>;
  list(query?: ChannelQuery): List<Channel>;
  update(
    id: string,
    patch: ChannelPatch,
    options?: UpdateOptions,
  ): Promise<Replayable<SavedChannel>>;
  delete(id: string, options?: UpdateOptions): Promise<void>;
  /** Sends a few words, so that it is seen whether notices reach anybody. */
  test(id: string): Promise<ChannelTest>;
}

type NoticeState = 'waiting' | 'sent' | 'dead';

/** What somebody is to be told of a key, or was: kept for 30 days, and for as long as it is dead. */
export interface Notice {
  readonly id: string;
  readonly keyspace: string;
  /** `started`, `done`, `needs_operator` … */
  readonly kind: string;
  /** The name of a channel, or `owner-mail`. */
  readonly recipient: string;
  /** Whose mail it is; null: not an owner's. */
  readonly owner: string | null;
  /** The key that it tells of. */
  readonly key: string;
  readonly state: NoticeState;
  readonly tries: number;
  readonly nextAt: string | null;
  /** Why it was not taken, or not by all; `class` says whether it is tried again. */
  readonly failure: { readonly class: string; readonly message: string } | null;
  readonly createdAt: string;
  readonly sentAt: string | null;
}

export interface NoticeQuery extends PageQuery {
  readonly state?: NoticeState | undefined;
}

export interface Notices {
  /** The newest first. */
  list(query?: NoticeQuery): List<Notice>;
  /** Sends a dead one anew. */
  retry(id: string, options?: WriteOptions): Promise<Replayable<Notice>>;
}
