const MAX_MAILS = 1_000; // The oldest of more is sent to all of its addresses again.

/**
 * Who has taken a mail, which others of its addresses may have put off, by the mail's idempotency key. A process
 * knows its own; another sends to all of them again, under the same `Message-ID`.
 * @public
 */
export class PartlyTaken {
  readonly #taken = new Map<string, ReadonlySet<string>>();

  /** Those who have it. */
  of(idempotencyKey: string): ReadonlySet<string> {
    return this.#taken.get(idempotencyKey) ?? new Set();
  }

  /** These have it, too. */
  add(idempotencyKey: string, addresses: readonly string[]): void {
    const all = new Set([...this.of(idempotencyKey), ...addresses]);
    this.#taken.delete(idempotencyKey);
    this.#taken.set(idempotencyKey, all);
    const [oldest] = this.#taken.keys();
    if (this.#taken.size > MAX_MAILS && oldest !== undefined) this.#taken.delete(oldest);
  }
}
