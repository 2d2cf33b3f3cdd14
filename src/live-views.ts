/** What to follow. */
export interface LiveQuery {
  /** Name or id. Default: every keyspace that the caller may see. */
  readonly keyspace?: string | undefined;
  /** The `number` that was seen last. Default: from now on. */
  readonly after?: number | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Something was changed, or there is something to say of following. */
export type LiveNews =
  | {
      readonly kind: 'change';
      /** Of the event, like `key.disabled`. */
      readonly type: string;
      /** The keyspace's name. */
      readonly keyspace: string;
      readonly subject: { readonly kind: string; readonly id: string };
      /** Of all changes: each has a higher one than those before. */
      readonly number: number;
    }
  /** Too much was changed meanwhile: read anew what is shown. */
  | { readonly kind: 'reset'; readonly number: number }
  /** Nothing was changed for 15 seconds. */
  | { readonly kind: 'idle' };
