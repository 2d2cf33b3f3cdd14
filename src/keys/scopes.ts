const SEGMENT = /^(?:\*|[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)$/;
const MAX_SEGMENTS = 8;
const MEMO_LIMIT = 256; // Distinct required scopes an API's routes have; beyond it: decided anew.
/**
 * How many scopes one key may hold.
 * @public
 */
export const MAX_SCOPES = 100;

/**
 * Whether the text is a scope: one to eight segments joined by `:`, each `[a-z0-9._-]` or `*`.
 * @public
 */
export function isScope(text: string): boolean {
  const segments = text.split(':');
  return segments.length <= MAX_SEGMENTS && segments.every((segment) => SEGMENT.test(segment));
}

/**
 * Whether a granted scope covers all that a wanted one stands for. `*` stands for one whole
 * segment or, last, for all that follow (at least one).
 * @public
 */
export function covers(granted: string, wanted: string): boolean {
  const grantedSegments = granted.split(':');
  const wantedSegments = wanted.split(':');
  for (const [index, segment] of grantedSegments.entries()) {
    const other = wantedSegments[index];
    if (other === undefined) return false;
    if (segment === '*' && index === grantedSegments.length - 1) return true;
    const isOpenEnd = other === '*' && index === wantedSegments.length - 1;
    // A wanted last `*` stands for many segments; only a granted last `*` covers it.
    if (isOpenEnd || (segment !== '*' && segment !== other)) return false;
  }
  return grantedSegments.length === wantedSegments.length;
}

/**
 * Whether every wanted scope is covered by at least one of the granted ones.
 * @public
 */
export function coversAll(granted: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((scope) => granted.some((pattern) => covers(pattern, scope)));
}

/**
 * Scopes prepared for the hot path. Keys with equal scopes share one, so a million keys of one
 * plan cost one.
 * @public
 */
export class ScopeSet {
  readonly list: readonly string[];
  readonly #exact: ReadonlySet<string>;
  readonly #patterns: readonly string[];
  readonly #memo = new Map<string, boolean>();
  // Most routes ask for one scope, so most checks ask what the one before asked.
  #lastScope: string | undefined;
  #wasGranted = false;

  constructor(list: readonly string[]) {
    this.list = Object.freeze([...list]);
    this.#patterns = list.filter((scope) => scope.includes('*'));
    this.#exact = new Set(list);
  }

  /** No scopes means no rights, never all; an empty `wanted` asks for none. */
  grants(wanted: readonly string[]): boolean {
    for (let index = 0; index < wanted.length; index += 1) {
      const scope = wanted[index];
      if (scope === undefined || !this.#grantsAgain(scope)) return false;
    }
    return true;
  }

  #grantsAgain(scope: string): boolean {
    if (scope === this.#lastScope) return this.#wasGranted;
    this.#wasGranted = this.#grantsOne(scope);
    this.#lastScope = scope;
    return this.#wasGranted;
  }

  #grantsOne(scope: string): boolean {
    if (this.#exact.has(scope)) return true;
    if (this.#patterns.length === 0) return false;
    const known = this.#memo.get(scope);
    if (known !== undefined) return known;
    const granted = this.#patterns.some((pattern) => covers(pattern, scope));
    if (this.#memo.size < MEMO_LIMIT) this.#memo.set(scope, granted);
    return granted;
  }
}
