import { describe, expect, test } from 'vitest';
import { isNetwork, type RestrictionCode, RestrictionSet } from './restrictions.js';

const refusalOf = (networks: readonly string[], address?: string) =>
  new RestrictionSet({ addresses: networks }).refusal({ address });

describe('a network', () => {
  test.each([
    '203.0.113.7',
    '203.0.113.0/24',
    '0.0.0.0/0',
    '10.0.0.0/32',
    '::1',
    '2001:db8::/32',
    '::/0',
    '::1/128',
    '::ffff:203.0.113.0/120',
  ])('may be %s', (text) => {
    expect(isNetwork(text)).toBe(true);
    expect(() => new RestrictionSet({ addresses: [text] })).not.toThrow();
  });

  test.each([
    '',
    '/8',
    '203.0.113.0/',
    '203.0.113.0/33',
    '203.0.113.0/-1',
    '203.0.113.0/024',
    '203.0.113.0/2.5',
    '203.0.113.0/1e1',
    '203.0.113.0/ 24',
    '203.0.113.0/24/8',
    '203.0.113',
    '203.0.113.0.1',
    '256.0.0.1',
    '01.2.3.4',
    '0x7f.0.0.1',
    '2130706433',
    '::1/129',
    ':::1',
    'fe80::1%eth0',
    'fe80::1%eth0/64',
    'localhost',
    ' 203.0.113.7',
    '203.0.113.7\n',
  ])('may not be "%s"', (text) => {
    expect(isNetwork(text)).toBe(false);
  });
});

describe('an address restriction', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.0'],
    ['203.0.113.0/24', '203.0.113.255'],
    ['203.0.113.77/24', '203.0.113.1'],
    ['203.0.113.7', '203.0.113.7'],
    ['0.0.0.0/0', '198.51.100.1'],
    ['203.0.113.0/24', '::ffff:203.0.113.7'],
    ['203.0.113.0/24', '::ffff:cb00:7107'],
    ['::ffff:203.0.113.0/120', '203.0.113.7'],
    ['2001:db8::/32', '2001:db8:ffff::1'],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
    ['::1', '0:0:0:0:0:0:0:1'],
  ])('to %s admits %s', (network, address) => {
    expect(refusalOf([network], address)).toBeUndefined();
  });

  test.each([
    ['203.0.113.0/24', '203.0.114.0'],
    ['203.0.113.0/24', '203.0.112.255'],
    ['203.0.113.0/25', '203.0.113.128'],
    ['203.0.113.7', '203.0.113.8'],
    ['0.0.0.0/0', '2001:db8::1'],
    ['203.0.113.0/24', '::203.0.113.7'],
    ['203.0.113.0/24', '::ffff:203.0.114.7'],
    ['203.0.113.0/24', '64:ff9b::203.0.113.7'],
    ['2001:db8::/32', '2001:db9::1'],
    ['2001:db8::/32', '203.0.113.7'],
    ['203.0.113.0/24', ''],
    ['203.0.113.0/24', '203.0.113.7:443'],
    ['203.0.113.0/24', '203.0.113.7, 198.51.100.1'],
    ['203.0.113.0/24', '203.0.113.007'],
    ['203.0.113.0/24', '3405803783'],
    ['203.0.113.0/24', 'unknown'],
    ['203.0.113.0/24', '[::ffff:203.0.113.7]'],
    ['0.0.0.0/0', 'not an address'],
  ])('to %s refuses %s', (network, address) => {
    expect(refusalOf([network], address)).toBe('address_denied');
  });

  test('admits what any of its networks holds', () => {
    const networks = ['203.0.113.0/24', '2001:db8::/32'];
    expect(refusalOf(networks, '2001:db8::1')).toBeUndefined();
    expect(refusalOf(networks, '203.0.113.1')).toBeUndefined();
    expect(refusalOf(networks, '198.51.100.1')).toBe('address_denied');
  });

  test('answers for an address with a zone, and never throws', () => {
    expect(refusalOf(['fe80::/10'], 'fe80::1%eth0')).toBeUndefined();
    expect(refusalOf(['203.0.113.0/24'], 'fe80::1%eth0')).toBe('address_denied');
  });
});

describe('restrictions', () => {
  const all = {
    addresses: ['203.0.113.0/24'],
    origins: ['https://app.example'],
    methods: ['GET', 'HEAD'],
    paths: ['/reports/**', '/lines/*'],
  };
  const facts = {
    address: '203.0.113.7',
    origin: 'https://app.example',
    method: 'GET',
    path: '/reports/2026?x=1',
  };

  test('that are absent restrict nothing', () => {
    expect(new RestrictionSet({}).refusal({})).toBeUndefined();
    expect(new RestrictionSet({ keyspaces: ['ks_x'] }).refusal({})).toBeUndefined();
  });

  test('admit what meets all of them', () => {
    expect(new RestrictionSet(all).refusal(facts)).toBeUndefined();
    expect(new RestrictionSet(all).refusal({ ...facts, path: '/lines/1' })).toBeUndefined();
  });

  test.each<[RestrictionCode, string, object]>([
    ['address_denied', 'another address', { address: '198.51.100.1' }],
    ['origin_denied', 'another origin', { origin: 'https://evil.example' }],
    ['origin_denied', 'an origin with another scheme', { origin: 'http://app.example' }],
    ['origin_denied', 'an origin with a path', { origin: 'https://app.example/' }],
    ['origin_denied', 'the origin null', { origin: 'null' }],
    ['method_denied', 'another method', { method: 'POST' }],
    ['method_denied', 'a method in another case', { method: 'get' }],
    ['path_denied', 'another path', { path: '/admin' }],
    ['path_denied', 'a path that steps back', { path: '/reports/../admin' }],
    ['path_denied', 'a path that steps back in disguise', { path: '/reports/%2e%2e/admin' }],
    ['path_denied', 'a slash in disguise', { path: '/lines/a%2fb' }],
    ['path_denied', 'a path with a parameter', { path: '/reports;/admin' }],
    ['path_denied', 'a path that begins twice', { path: '//reports' }],
  ])('answer %s to %s', (code, _what, wrong) => {
    expect(new RestrictionSet(all).refusal({ ...facts, ...wrong })).toBe(code);
  });

  test.each(['address', 'origin', 'method', 'path'] as const)(
    'refuse where the %s is not known',
    (fact) => {
      const known = { ...facts, [fact]: undefined };
      expect(new RestrictionSet(all).refusal(known)).toBe(`${fact}_denied`);
    },
  );

  test('that name nothing admit nothing', () => {
    const code = (kind: string) => new RestrictionSet({ [kind]: [] }).refusal(facts);
    expect(['addresses', 'origins', 'methods', 'paths'].map(code)).toEqual([
      'address_denied',
      'origin_denied',
      'method_denied',
      'path_denied',
    ]);
    expect(new RestrictionSet({ origins: [] }).refusal({})).toBe('origin_denied');
    expect(new RestrictionSet({ methods: [] }).refusal({})).toBe('method_denied');
  });

  test('are decided in the order address, origin, method, path', () => {
    const wrong = { address: '', origin: '', method: '', path: '' };
    const right = (['address', 'origin', 'method', 'path'] as const).map((_fact, count, order) => {
      const met = Object.fromEntries(order.slice(0, count).map((one) => [one, facts[one]]));
      return new RestrictionSet(all).refusal({ ...wrong, ...met });
    });
    expect(right).toEqual(['address_denied', 'origin_denied', 'method_denied', 'path_denied']);
  });
});
