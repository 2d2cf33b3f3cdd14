/**
 * The sums by which `doctor` and `move` compare two stores.
 * @public
 */
export interface StoreCounts {
  readonly keys: number;
  readonly keyspaces: number;
  readonly owners: number;
  readonly events: number;
}
