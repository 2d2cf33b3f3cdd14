import { BlockList, isIP, isIPv4 } from 'node:net';
import { matchesPath, pathOf } from './path.js';

/**
 * Where a key works from and on. An absent list restricts nothing.
 * @public
 */
export interface Restrictions {
  readonly addresses?: readonly string[];
  readonly origins?: readonly string[];
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  /** For management keys only: the keyspaces it may act on. */
  readonly keyspaces?: readonly string[];
}

/**
 * The facts of a request that restrictions are decided on.
 * @public
 */
export interface RequestFacts {
  readonly address?: string | undefined;
  readonly origin?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  /**
   * The request is to Keyturn itself, about the key. Method and path restrictions speak of the API
   * that the key is for, so they are not decided on; where the request comes from is.
   */
  readonly isAboutKey?: boolean | undefined;
}

/**
 * Which restriction refuses, in the order in which they are decided.
 * @public
 */
export type RestrictionCode = 'address_denied' | 'origin_denied' | 'method_denied' | 'path_denied';

/**
 * Restrictions prepared once, at load: deciding allocates nothing that grows.
 * @public
 */
export class RestrictionSet {
  readonly #addresses: BlockList | undefined;
  readonly #origins: ReadonlySet<string> | undefined;
  readonly #methods: ReadonlySet<string> | undefined;
  readonly #paths: readonly string[] | undefined;

  constructor(restrictions: Restrictions) {
    const { addresses, origins, methods, paths } = restrictions;
    this.#addresses = addresses === undefined ? undefined : blockListOf(addresses);
    this.#origins = origins === undefined ? undefined : new Set(origins);
    this.#methods = methods === undefined ? undefined : new Set(methods);
    this.#paths = paths;
  }

  /** The first restriction that refuses. A fact that is needed and absent is refused. */
  refusal(facts: RequestFacts): RestrictionCode | undefined {
    if (this.#addresses !== undefined && !isListed(this.#addresses, facts.address)) {
      return 'address_denied';
    }
    if (this.#origins !== undefined && !this.#origins.has(facts.origin ?? '')) {
      return 'origin_denied';
    }
    if (facts.isAboutKey === true) return undefined;
    if (this.#methods !== undefined && !this.#methods.has(facts.method ?? '')) {
      return 'method_denied';
    }
    if (this.#paths !== undefined && !isOnPath(this.#paths, facts.path)) return 'path_denied';
    return undefined;
  }
}

/**
 * Whether the text is an address or a network in CIDR form (RFC 4632, RFC 4291 §2.3).
 * @public
 */
export function isNetwork(text: string): boolean {
  const { address, bits } = splitNetwork(text);
  const family = isIP(address);
  // A zone (RFC 4007) names one machine's own link, so no rule can hold it.
  if (family === 0 || address.includes('%')) return false;
  return Number.isInteger(bits) && bits >= 0 && bits <= (family === 4 ? 32 : 128);
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const { address, bits } = splitNetwork(network);
    list.addSubnet(address, bits, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

function isListed(list: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false;
  const family = isIP(address);
  // `BlockList` itself compares an IPv4-mapped IPv6 address with IPv4 rules.
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function isOnPath(patterns: readonly string[], path: string | undefined): boolean {
  const segments = path === undefined ? undefined : pathOf(path);
  return segments !== undefined && patterns.some((pattern) => matchesPath(pattern, segments));
}

function splitNetwork(text: string): { address: string; bits: number } {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  if (slash === -1) return { address, bits: isIPv4(address) ? 32 : 128 };
  const bitsText = text.slice(slash + 1);
  return { address, bits: /^(?:0|[1-9]\d{0,2})$/.test(bitsText) ? Number(bitsText) : Number.NaN };
}
