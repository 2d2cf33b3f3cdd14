/** Counts of one secret in one hour, since the last flush. */
export interface Tally {
  readonly keyspaceId: string;
  readonly keyId: string | null;
  readonly secretNumber: number;
  readonly hourAt: number;
  /** The checks that were accepted, and the last of them. */
  validCount: number;
  lastValidAt: number;
  /** Refused checks by code; made on the first refusal. */
  refusals: Map<string, { count: number; lastAt: number }> | undefined;
}
