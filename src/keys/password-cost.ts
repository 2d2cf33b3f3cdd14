/**
 * What a password costs to check, by scrypt (RFC 7914 §2).
 * @public
 */
export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}
