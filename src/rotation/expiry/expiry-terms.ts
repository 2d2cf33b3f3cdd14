/**
 * What a policy says of secrets that grow old, and of keys that nobody uses. In milliseconds.
 * @public
 */
export interface ExpiryTerms {
  /** How old a secret may be that is accepted; null: any age. It ends nothing: it is told. */
  readonly maxAgeMs: number | null;
  /** For how long nobody has used a key that counts as unused; null: none does. */
  readonly unusedMs: number | null;
  /** From the warning to the disabling. */
  readonly graceMs: number;
  /** What is disabled then. */
  readonly disable: 'unused' | 'never';
  /** Before then nothing is disabled: this was changed while keys followed it. */
  readonly runwayUntil: number | null;
}
