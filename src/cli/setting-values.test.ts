import { expect, test } from 'vitest';
import { databaseUrl, httpUrl, port, publicUrl, redacted } from './setting-values.js';

test.each([
  ['sqlite:./a.db', 'sqlite:./a.db'],
  ['./a', 'sqlite:./a'],
  ['/srv/a.db', 'sqlite:/srv/a.db'],
  ['a.db', 'sqlite:a.db'],
  ['memory:', 'memory:'],
  ['postgres://u@h/d', 'postgres://u@h/d'],
  ['postgresql://h/d', 'postgresql://h/d'],
])('%s names a database', (given, value) => {
  expect(databaseUrl(given)).toEqual({ value });
});

test.each(['a', 'mysql://h/d', 'postgres:/h', 'sqlite:', 'http://h/a.db', 7, null])(
  '%s names none',
  (given) => {
    expect(databaseUrl(given)).toHaveProperty('fault');
  },
);

test.each(['keys.example', 'ftp://h', 'https://u:p@h', 'https://h/?a', 'https://h/#a'])(
  '%s is no address of a server',
  (given) => {
    expect(httpUrl(given)).toHaveProperty('fault');
  },
);

test('links begin with a server alone: what serve would refuse is no public address', () => {
  expect(publicUrl('https://k.example/')).toEqual({ value: 'https://k.example' });
  for (const given of ['https://k.example/x', 'https:/k.example', 'https://k.example/?a']) {
    expect(publicUrl(given)).toHaveProperty('fault');
  }
});

test('a port is a whole number, as text or not', () => {
  expect(port('8787')).toEqual({ value: 8787 });
  expect(port(0)).toEqual({ value: 0 });
  for (const given of ['', '-1', '1.5', '65536', '0x50', ' 1', true]) {
    expect(port(given)).toHaveProperty('fault');
  }
});

test('a password is never shown', () => {
  expect(redacted('postgres://app:p@ss:w@h:5432/d')).toBe('postgres://app:[redacted]@h:5432/d');
  expect(redacted('postgres://h/d?a=1&password=x&b=2')).toBe(
    'postgres://h/d?a=1&password=[redacted]&b=2',
  );
  expect(redacted('postgres://app@h/d')).toBe('postgres://app@h/d');
});
