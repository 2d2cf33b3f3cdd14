/** Who uses a secret that has been replaced, and is refused, as the three faces show it. */
export interface RefusedUsers {
  /** Consumers that were there before, from their own networks. */
  readonly stragglers: number;
  /** Anyone else. */
  readonly intruders: number;
  /** At most 20 of them. */
  readonly consumers: readonly {
    readonly id: string;
    readonly label: string;
    readonly who: 'straggler' | 'intruder';
    /** How often it was refused with this secret, in all: also before an `undo`. */
    readonly count: number;
    readonly lastUsedAt: string;
  }[];
}
