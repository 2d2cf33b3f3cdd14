import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { classOf } from './addresses.js';

test.each([
  ['8.8.8.8', 'public'],
  ['2606:4700:4700::1111', 'public'],
  ['10.1.2.3', 'inner'],
  ['172.31.255.255', 'inner'],
  ['172.32.0.1', 'public'],
  ['192.168.0.1', 'inner'],
  ['127.0.0.53', 'inner'],
  ['100.64.0.1', 'inner'],
  ['::1', 'inner'],
  ['fd12:3456::1', 'inner'],
  ['0.0.0.0', 'special'],
  ['169.254.169.254', 'special'],
  ['100.100.100.200', 'special'],
  ['168.63.129.16', 'special'],
  ['fd00:ec2::254', 'special'],
  ['224.0.0.251', 'special'],
  ['255.255.255.255', 'special'],
  ['::', 'special'],
  ['fe80::1', 'special'],
  ['fe80::1%eth0', 'special'],
  ['ff02::1', 'special'],
  ['::ffff:8.8.8.8', 'special'],
  ['::ffff:7f00:1', 'special'],
  ['::ffff:127.0.0.1', 'special'],
  ['::127.0.0.1', 'special'],
  ['64:ff9b::7f00:1', 'special'],
  ['64:ff9b:1::a00:1', 'special'],
  ['2002:7f00:1::', 'special'],
  ['2001:0:4136:e378::1', 'special'],
  ['no address', 'special'],
])('%s is %s', (address, expected) => {
  expect(classOf(address)).toBe(expected);
});

test('nothing that another library calls special is public here', () => {
  const ipv4 = fc.ipV4();
  const ipv6 = fc.ipV6().map((text) => ipaddr.parse(text).toString());
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (address) => {
      if (classOf(address) === 'public') expect(ipaddr.parse(address).range()).toBe('unicast');
    }),
    { numRuns: 5_000 },
  );
});
