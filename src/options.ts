import type { DestinationOptions } from './destination-options.js';
import type { NoticeOptions } from './notice-options.js';
import type { Log } from './ports.js';
import type { ProbeOptions } from './probe-options.js';
import type { SignedInHook, SignInOptions } from './sign-in-options.js';

/** The settings that the faces need. */
export interface PublicSettings {
  readonly basePath: string;
  readonly publicUrl: string | null;
  /** How many proxies in front are trusted to have written `X-Forwarded-*`. */
  readonly trustedHops: number;
  /**
   * What the `type` of a problem (RFC 9457) begins with; its code follows. The address of the pages
   * about codes; where nothing serves them and no `publicUrl` is set, `urn:keyturn:code:`.
   */
  readonly problemTypes: string;
}

export interface KeyturnOptions {
  /** `sqlite:./keyturn.db`, `postgres://…`, or `memory:` for tests. */
  readonly database: string;
  /** PostgreSQL behind a pooler: where LISTEN works. */
  readonly directDatabase?: string | undefined;
  /**
   * Remembers the last change, outside the database and its backups: one that was put back is
   * quarantined. Default: `<file>-epoch` beside a SQLite file; none for PostgreSQL.
   */
  readonly epochFile?: string | undefined;
  /** Where `handler` is mounted, e.g. `/keyturn`. Default: where Express mounts it, or the root. */
  readonly basePath?: string | undefined;
  /** The base of every link that is handed out; never built from `Host`. */
  readonly publicUrl?: string | undefined;
  readonly trustedHops?: number | undefined;
  /** `write-through`: count before the answer, for functions that freeze. Default `batched`. */
  readonly recording?: 'batched' | 'write-through' | undefined;
  /** What destinations may reach: folders, hosts, commands, connections. Default: nothing. */
  readonly destinations?: DestinationOptions | undefined;
  /** Whom policies may ask with a new secret, and what they may run. Default: nobody, nothing. */
  readonly probes?: ProbeOptions | undefined;
  /** How people are told of what happens to keys. Default: nobody is. */
  readonly notices?: NoticeOptions | undefined;
  /**
   * The host application's own sign-in for the admin pages: says who is signed in. People then sign in
   * nowhere else.
   */
  readonly signedIn?: SignedInHook | undefined;
  /** How people sign in to the admin pages. Default: by mail address and password. */
  readonly signIn?: SignInOptions | undefined;
  /** A pino-shaped logger, or `console`. Default: none, and nothing says why a database stays shut. */
  readonly log?: Log | undefined;
}
