import { BlockList, isIP } from 'node:net';

/**
 * Where an address leads.
 * - `public`: anywhere on the internet.
 * - `inner`: this machine, or a network of the operator's own.
 * - `special`: link-local (where clouds keep their metadata and credentials), multicast, reserved,
 *   for documentation, or an IPv4 address in the clothes of an IPv6 one.
 */
export type AddressClass = 'public' | 'inner' | 'special';

type Range = readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'];

// RFC 1918, 1122 §3.2.1.3, 6598, 4193, 4291 §2.5.3.
const inner = listOf([
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
]);

// IANA's registries of special-purpose addresses, and the metadata services that lie elsewhere:
// Alibaba's, Azure's, and AWS's under IPv6.
const special = listOf([
  ['0.0.0.0', 8, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.31.196.0', 24, 'ipv4'],
  ['192.52.193.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.175.48.0', 24, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['2620:4f:8000::', 48, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
  ['fd00:ec2::254', 128, 'ipv6'],
]);

// All that is handed out (RFC 4291 §2.4). What lies outside holds IPv4 (mapped, NAT64), is
// link-local, multicast or nobody's.
const unicast = listOf([['2000::', 3, 'ipv6']]);

/** The class of an address, in any notation that `isIP` takes. */
export function classOf(address: string): AddressClass {
  if (address.includes('%')) return 'special'; // A zone: link-local.
  const version = isIP(address);
  if (version === 4) return classIn(address, 'ipv4');
  if (version !== 6 || holdsIpv4(address)) return 'special';
  const found = classIn(address, 'ipv6');
  return found === 'public' && !unicast.check(address, 'ipv6') ? 'special' : found;
}

function classIn(address: string, family: 'ipv4' | 'ipv6'): AddressClass {
  if (special.check(address, family)) return 'special';
  return inner.check(address, family) ? 'inner' : 'public';
}

/** A `BlockList` takes `::ffff:127.0.0.1` for 127.0.0.1. Nobody writes so without a reason. */
function holdsIpv4(address: string): boolean {
  return mapped.check(address, 'ipv6');
}

const mapped = listOf([['0.0.0.0', 0, 'ipv4']]);

function listOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
