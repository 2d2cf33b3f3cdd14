import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPathPattern, MAX_PATH_SEGMENTS, matchesPath, pathOf } from './path.js';

const name = fc.constantFrom('a', 'b', 'c.d', '~e');
const path = fc.array(name, { minLength: 1, maxLength: 5 });
const pattern = fc
  .tuple(
    fc.array(fc.oneof(name, fc.constant('*')), { maxLength: 4 }),
    fc.constantFrom('', '**', 'a'),
  )
  .map(([parts, last]) => `/${[...parts, last].join('/')}`);

/** interface.md, said with a regular expression. */
function matchesByHand(text: string, segments: readonly string[]): boolean {
  const isOpen = text.endsWith('/**');
  const parts = (isOpen ? text.slice(0, -3) : text).split('/');
  const whole = parts.map((part) => (part === '*' ? '[^/]+' : part.replace(/[.~]/g, '\\$&')));
  return new RegExp(`^${whole.join('/')}${isOpen ? '(?:/.*)?' : ''}$`).test(
    `/${segments.join('/')}`,
  );
}

describe('a path pattern', () => {
  test.each([
    '/',
    '/**',
    '/*',
    '/reports',
    '/reports/',
    '/reports/**',
    '/reports/*/lines',
    '/v1/a.b-c_d~e',
    "/!$&'()+,=:@",
    `/${Array(MAX_PATH_SEGMENTS).fill('a').join('/')}`,
  ])('may be %s', (text) => {
    expect(isPathPattern(text)).toBe(true);
  });

  test.each([
    '',
    'reports',
    '**',
    '//',
    '/a//b',
    '/**/a',
    '/**/**/**/x',
    '/a*',
    '/a**',
    '/.',
    '/../a',
    '/a/..',
    '/a;b',
    '/a%2fb',
    '/a b',
    '/é',
    '/a\\b',
    '/a?b',
    '/a#b',
    '/a\n',
    `/${Array(MAX_PATH_SEGMENTS + 1)
      .fill('a')
      .join('/')}`,
  ])('may not be "%s"', (text) => {
    expect(isPathPattern(text)).toBe(false);
  });
});

describe("a request's path", () => {
  test.each<[string, readonly string[]]>([
    ['/', ['']],
    ['/reports', ['reports']],
    ['/reports/', ['reports', '']],
    ['/a/b/c', ['a', 'b', 'c']],
    ['/a?b=//../;', ['a']],
    ['/a#//', ['a']],
    ['/a?', ['a']],
    ['/caf%C3%A9/%f0%9f%94%91', ['café', '🔑']],
    ['/a%20b/%2Ab', ['a b', '*b']],
    ['/...', ['...']],
    ['/A', ['A']],
  ])('%s is read as %j', (target, segments) => {
    expect(pathOf(target)).toEqual(segments);
  });

  test.each([
    '',
    'a',
    '*',
    '//',
    '//a',
    '/a//b',
    '/a//',
    '/.',
    '/..',
    '/a/../b',
    '/a/./b',
    '/a/%2e%2e/b',
    '/a/.%2E/b',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a\\b',
    '/a;b',
    '/a%3bb',
    '/a%00',
    '/a%0a',
    '/a\u0000',
    '/a\u007f',
    '/a%252fb',
    '/a%25',
    '/a%',
    '/%zz',
    '/%ff',
    '/%c0%ae%c0%ae/',
    '/%e0%80%af',
    '/%ed%a0%80',
    'https://a.example/b',
  ])('"%s" can be read in two ways, and is refused', (target) => {
    expect(pathOf(target)).toBeUndefined();
  });

  test('never holds what another program could read as a separator or a step', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '%2e',
      '%2f',
      '%5c',
      ';',
      'a',
      '%25',
      '\\',
      '%',
      '?',
      '2f',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const segments = pathOf(`/${pieces.join('')}`);
        for (const segment of segments ?? []) {
          expect(segment).not.toMatch(/[/\\;%\p{Cc}]|^\.\.?$/u);
        }
        // What is left is read once more as the same: nothing in it was encoded twice.
        const again = segments?.map((segment) => encodeURIComponent(segment)).join('/');
        if (again !== undefined) expect(pathOf(`/${again}`)).toEqual(segments);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('matching', () => {
  test.each([
    ['/', '/', true],
    ['/', '/a', false],
    ['/reports', '/reports', true],
    ['/reports', '/reports/', false],
    ['/reports/', '/reports/', true],
    ['/reports', '/Reports', false],
    ['/reports', '/reports2', false],
    ['/reports/**', '/reports', true],
    ['/reports/**', '/reports/', true],
    ['/reports/**', '/reports/a/b', true],
    ['/reports/**', '/reports2', false],
    ['/reports/**', '/admin', false],
    ['/**', '/', true],
    ['/**', '/a/b', true],
    ['/*', '/', false],
    ['/*', '/a', true],
    ['/*', '/a/b', false],
    ['/*/lines', '/a/lines', true],
    ['/*/lines', '/a/b/lines', false],
    ['/a/*', '/a/', false],
    ['/caf%C3%A9', '/caf%C3%A9', false], // No pattern holds a per cent sign.
  ])('%s and %s: %s', (text, target, isMatch) => {
    expect(matchesPath(text, pathOf(target) ?? [])).toBe(isMatch);
  });

  test('is the same as what the grammar says', () => {
    fc.assert(
      fc.property(pattern, path, (text, segments) => {
        expect(isPathPattern(text)).toBe(true);
        expect(matchesPath(text, segments)).toBe(matchesByHand(text, segments));
      }),
      { numRuns: 2_000 },
    );
  });

  test('of an extra segment is never wider than a last ** makes it', () => {
    fc.assert(
      fc.property(pattern, path, (text, segments) => {
        fc.pre(!text.endsWith('**'));
        const isMatch = matchesPath(text, segments);
        if (isMatch) expect(matchesPath(text, [...segments, 'a'])).toBe(false);
      }),
    );
  });
});
