/** What may be done to many keys at once. */
export const BULK_ACTS = ['disable', 'enable', 'revoke', 'rotate', 'tag', 'untag'] as const;

/** One of them. */
export type BulkAct = (typeof BULK_ACTS)[number];

/** One thing, done to many keys: to each as if it were asked of it alone. */
export interface BulkInput {
  /** Of keys: 1 to 200. One that is named twice counts once. */
  readonly ids: readonly string[];
  readonly act: BulkAct;
  /** Of `tag` and `untag`, and needed there. */
  readonly tags?: readonly string[] | undefined;
  /** Kept in the audit trail; not of `tag` and `untag`. */
  readonly reason?: string | undefined;
  /** Of `rotate`: how long the old secret still works. */
  readonly overlap?: string | undefined;
  /** Of `rotate`, and needed there: no plaintext is answered. */
  readonly deliver?: 'claim' | 'destinations' | undefined;
  /** Say what would become of each, and change nothing. */
  readonly dryRun?: boolean | undefined;
}

/** What became of one key, or would. */
export interface BulkItem {
  /** The key's id, as it was given. */
  readonly id: string;
  /** Null: there is no such key that the caller may see. */
  readonly name: string | null;
  /** `would`: it is a dry run. `unchanged`: it is so already. */
  readonly outcome: 'would' | 'done' | 'unchanged' | 'refused';
  /** For people. */
  readonly what: string;
  /** Of a refusal. */
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly fix?: string | undefined;
  /** The id of the rotation that was begun. */
  readonly rotation?: string | undefined;
  /** A link to its new secret, shown this once. */
  readonly claim?: { readonly url: string; readonly expiresAt: string } | undefined;
}

/** What became of each key. */
export interface BulkReport {
  readonly items: readonly BulkItem[];
  readonly totals: Readonly<Record<BulkItem['outcome'], number>>;
  readonly replayed?: true;
}
