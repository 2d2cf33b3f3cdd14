import { describe, expect, test } from 'vitest';
import { hostOf, networkOf } from './network.js';

describe('the network of an address', () => {
  test.each([
    ['192.0.2.9', '192.0.2.0/24', '192.0.2.9'],
    ['::ffff:192.0.2.9', '192.0.2.0/24', '192.0.2.9'],
    ['::ffff:c000:209', '192.0.2.0/24', '192.0.2.9'],
    ['2001:DB8:0:1::1', '2001:db8:0::/48', '2001:db8:0:1::/64'],
    ['2001:0db8:0000:0001:0:0:0:1', '2001:db8:0::/48', '2001:db8:0:1::/64'],
    ['::5:6:7:8:1.2.3.4', '0:0:5::/48', '0:0:5:6::/64'],
    ['fe80::1%eth0', 'fe80:0:0::/48', 'fe80:0:0:0::/64'],
  ])('of %s is %s, and its host %s', (address, network, host) => {
    expect([networkOf(address), hostOf(address)]).toEqual([network, host]);
  });

  test.each(['', 'here', '192.0.2.09', '2001:db8::1::2'])('is none for "%s"', (address) => {
    expect([networkOf(address), hostOf(address)]).toEqual([null, null]);
  });
});
