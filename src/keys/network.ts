import { isIPv4, isIPv6, SocketAddress } from 'node:net';

const MAY_HOLD_IPV4 = /^[0:]+:ffff:|\./i;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;
const GROUPS = 8;

/**
 * The network that an address is of, for telling programs apart: /24 of IPv4 (and of what is
 * mapped into IPv6, RFC 4291 §2.5.5.2), /48 of IPv6. Null: it is no address.
 * @public
 */
export function networkOf(address: string): string | null {
  const plain = plainOf(address);
  if (plain === null) return null;
  if (isIPv4(plain)) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`;
  return `${firstGroups(plain, 3)}::/48`;
}

/**
 * What counts as one host, however it is spelled: an IPv4 address (and what is mapped into IPv6),
 * a /64 of IPv6, of which a host has all. Null: it is no address.
 * @public
 */
export function hostOf(address: string): string | null {
  const plain = plainOf(address);
  return plain === null || isIPv4(plain) ? plain : `${firstGroups(plain, 4)}::/64`;
}

/** An IPv4 address, though it was mapped; or an IPv6 one without a zone, all of it in groups. */
function plainOf(address: string): string | null {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return null;
  const zone = address.indexOf('%');
  const bare = zone === -1 ? address : address.slice(0, zone);
  if (!MAY_HOLD_IPV4.test(bare)) return bare; // Spares most of them the microsecond.
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return MAPPED.exec(canonical)?.[1] ?? canonical;
}

/** The first of its eight groups, each without leading zeros. */
function firstGroups(address: string, count: number): string {
  const [front = '', back] = address.split('::');
  const left = front === '' ? [] : front.split(':');
  const right = back === undefined || back === '' ? [] : back.split(':');
  const zeros = Array<string>(Math.max(0, GROUPS - left.length - right.length)).fill('0');
  const all = back === undefined ? left : [...left, ...zeros, ...right];
  const groups = all.slice(0, count).map((group) => Number.parseInt(group, 16).toString(16));
  return groups.join(':');
}
