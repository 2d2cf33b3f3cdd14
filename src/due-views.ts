// What a run over all that is due has done, as the library and the command line show it. Times are
// RFC 3339 strings in UTC.

/** What became of one key or one rotation. */
export interface DueItem {
  /** The key's id. */
  readonly key: string;
  readonly name: string;
  /**
   * `started`: a rotation was begun, or would be in a dry run. `waits`: another one of the key is
   * open. `not_started`: it cannot be begun, and a person is needed. `told`: the policy rotates
   * nothing, and tells. `moved`: an open rotation was worked on. `needs_operator`: an open rotation
   * waits for a person. `past_policy`: its secret is older than its policy allows. `unused`: nobody
   * uses it, and its people are warned. `disabled`: they were, and nobody has used it since. `enabled`: it
   * was disabled so, and a use of before came to light.
   */
  readonly what:
    | 'started'
    | 'waits'
    | 'not_started'
    | 'told'
    | 'moved'
    | 'needs_operator'
    | 'past_policy'
    | 'unused'
    | 'disabled'
    | 'enabled';
  readonly rotation: string | null;
  /** When the secret is due; null: it was rotated for no schedule. */
  readonly dueAt: string | null;
  /** How it gets there, where the rotation is, or why there is none. */
  readonly detail: string;
}

/** What a run has done. */
export interface DueReport {
  readonly dryRun: boolean;
  /** Of open rotations, those that wait for a person are looked for among the newest 10 000. */
  readonly items: readonly DueItem[];
  /** Something was not begun, or does not go on, without a person. */
  readonly needsOperator: boolean;
  /**
   * Notices that did not reach anybody yet, also those of before. `failing`: the other side did not
   * take them, and they are tried again. `dead`: given up, until a person sends them anew. `held`: for
   * the end of quiet hours, or because there were too many in an hour; the first run after `heldUntil`
   * sends the last of them. No more than 10 000 of each are counted.
   */
  readonly notices: {
    readonly failing: number;
    readonly dead: number;
    readonly held: number;
    readonly heldUntil: string | null;
  };
}

/** How to run. */
export interface DueOptions {
  /** Say what would be begun, and begin nothing. */
  readonly dryRun?: boolean | undefined;
  /** Hears in words what is done. */
  readonly progress?: ((text: string) => void) | undefined;
}
