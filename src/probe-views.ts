// Probes of policies, as the three faces show them. Durations are texts like `5s`.

/** How a new secret is tried. */
export interface ProbeInput {
  /** A request that must answer as expected. */
  readonly http?:
    | {
        /** Its host has to be listed under `probes.hosts` of the server's configuration. */
        readonly url: string;
        /** Default GET. */
        readonly method?: 'GET' | 'POST' | undefined;
        /** The header that holds the secret. Default: the first form that the keyspace takes. */
        readonly header?: string | undefined;
        /** What stands before it, as `Bearer`; without a header, in `Authorization`. */
        readonly scheme?: string | undefined;
        readonly expect?:
          | {
              /** Default 200. */
              readonly status?: readonly number[] | undefined;
              /** A text that the body holds. */
              readonly body?: string | undefined;
              /** What stands at a place of its JSON body. */
              readonly json?: ProbedJson | undefined;
            }
          | undefined;
        /** Default 5s, at most 10s. */
        readonly timeout?: string | undefined;
      }
    | undefined;
  /** A program under `probes.commands` of the server's configuration; it gets the secret on standard input. */
  readonly command?: string | undefined;
}

/** A place of a JSON body, as a pointer (RFC 6901), and what stands there. */
export interface ProbedJson {
  readonly pointer: string;
  readonly equals: string | number | boolean;
}

/** How a new secret is tried, whole: one of the two is null. */
export interface PolicyProbe {
  readonly http: {
    readonly url: string;
    readonly method: 'GET' | 'POST';
    /** Both null: the first form that the keyspace takes. */
    readonly header: string | null;
    readonly scheme: string | null;
    readonly expect: {
      readonly status: readonly number[];
      readonly body: string | null;
      readonly json: ProbedJson | null;
    };
    readonly timeout: string;
  } | null;
  readonly command: string | null;
}

/** What a probe would do: for people. */
export interface ProbePlan {
  readonly place: string;
  /** Why it cannot; null: it can. */
  readonly problem: string | null;
}
