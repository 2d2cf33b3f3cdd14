const MEMO_LIMIT = 1_024;
const MAX_LENGTH = 40;
/** What browsers call themselves, the more special first: each also names those below it. */
const BROWSERS = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'] as const;
const PRODUCT = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/; // A token of RFC 9110 §5.6.2.

/**
 * The family of a `User-Agent` (RFC 9110 §10.1.5): its first product without the version, and of a
 * browser its own name. Remembered, since a client sends the same text again and again.
 */
export class AgentFamilies {
  readonly #known = new Map<string, string>();

  of(userAgent: string | undefined): string {
    if (userAgent === undefined) return 'no agent';
    const known = this.#known.get(userAgent);
    if (known !== undefined) return known;
    const family = familyOf(userAgent);
    if (this.#known.size >= MEMO_LIMIT) this.#known.clear();
    this.#known.set(userAgent, family);
    return family;
  }
}

function familyOf(userAgent: string): string {
  const product = PRODUCT.exec(userAgent.trim())?.[0].slice(0, MAX_LENGTH) ?? 'unnamed agent';
  if (product !== 'Mozilla') return product;
  return BROWSERS.find((name) => userAgent.includes(`${name}/`)) ?? product;
}
