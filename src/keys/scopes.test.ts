import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers, coversAll, isScope, ScopeSet } from './scopes.js';

const segment = fc.constantFrom('a', 'b', '*');
const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':'));
const patterns = fc.array(pattern, { maxLength: 4 });

// Every scope without a wildcard up to one segment more than any pattern above has; `z` stands
// for all that no pattern names.
const CONCRETE = ['a', 'b', 'z'].flatMap((first) => allFrom(first, 5));

function allFrom(scope: string, length: number): readonly string[] {
  if (length === 1) return [scope];
  return [scope, ...['a', 'b', 'z'].flatMap((next) => allFrom(`${scope}:${next}`, length - 1))];
}

/** domain.md, said with a regular expression. */
function matchesByHand(granted: string, concrete: string): boolean {
  const segments = granted.split(':');
  const parts = segments.map((part, index) => {
    if (part !== '*') return part;
    return index === segments.length - 1 ? '[^:]+(?::[^:]+)*' : '[^:]+';
  });
  return new RegExp(`^${parts.join(':')}$`).test(concrete);
}

describe('a scope', () => {
  test.each([
    'reports:read',
    '*',
    'reports:*',
    '*:read',
    'a',
    'a:b:c:d:e:f:g:h',
    'a.b-c_d:0',
    'x'.repeat(64),
  ])('may be %s', (text) => {
    expect(isScope(text)).toBe(true);
  });

  test.each([
    '',
    ':',
    'a:',
    ':a',
    'a::b',
    'A:b',
    'a b',
    'a:**',
    'a*',
    '*a',
    '-a',
    'a-',
    '.a',
    'a,b',
    'é',
    'a:b:c:d:e:f:g:h:i',
    'x'.repeat(65),
    'a\n',
    ' a',
    'a/b',
    '__proto__',
  ])('may not be "%s"', (text) => {
    expect(isScope(text)).toBe(false);
  });
});

describe('covering', () => {
  test.each([
    ['*', 'reports:read', true],
    ['*', '*', true],
    ['*', 'a', true],
    ['reports:*', 'reports:read', true],
    ['reports:*', 'reports:read:all', true],
    ['reports:*', 'reports', false],
    ['reports:*', 'report:read', false],
    ['*:read', 'reports:read', true],
    ['*:read', 'reports:write', false],
    ['*:read', 'a:b:read', false],
    ['a:*:c', 'a:b:c', true],
    ['a:*:c', 'a:b:b:c', false],
    ['reports:read', '*', false],
    ['reports:read', 'reports:*', false],
    ['*:read', '*', false],
    ['*:*', '*', false],
    ['*', '*:*', true],
    ['a:*', 'a:*:*', true],
    ['a:*:*', 'a:*', false],
    ['reports:read', 'reports:read', true],
    ['reports', 'reports:read', false],
    ['reports:read', 'reports', false],
    ['reports:rea', 'reports:read', false],
    ['constructor', 'a', false],
  ])('%s over %s: %s', (granted, wanted, isCovered) => {
    expect(covers(granted, wanted)).toBe(isCovered);
    expect(new ScopeSet([granted]).grants([wanted])).toBe(isCovered);
  });

  test('is the same as what the grammar says of each scope without a wildcard', () => {
    fc.assert(
      fc.property(pattern, (granted) => {
        for (const scope of CONCRETE) {
          expect(covers(granted, scope), `${granted} ${scope}`).toBe(matchesByHand(granted, scope));
        }
      }),
    );
  });

  test('holds between two patterns exactly if it holds for all that the second stands for', () => {
    fc.assert(
      fc.property(pattern, pattern, (granted, wanted) => {
        const stood = CONCRETE.filter((scope) => matchesByHand(wanted, scope));
        const isContained = stood.every((scope) => matchesByHand(granted, scope));
        expect(covers(granted, wanted)).toBe(isContained);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is reflexive and transitive', () => {
    fc.assert(
      fc.property(pattern, pattern, pattern, (a, b, c) => {
        expect(covers(a, a)).toBe(true);
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a set of scopes', () => {
  test('grants what each wanted scope is covered by, asked once or often', () => {
    fc.assert(
      fc.property(patterns, patterns, (granted, wanted) => {
        const set = new ScopeSet(granted);
        const expected = wanted.every((scope) => granted.some((own) => covers(own, scope)));
        expect(coversAll(granted, wanted)).toBe(expected);
        expect(set.grants(wanted)).toBe(expected);
        expect(set.grants(wanted)).toBe(expected);
      }),
    );
  });

  test('without scopes grants none, and to ask for none is always granted', () => {
    expect(new ScopeSet([]).grants(['a'])).toBe(false);
    expect(new ScopeSet([]).grants(['*'])).toBe(false);
    expect(new ScopeSet([]).grants([])).toBe(true);
    expect(coversAll([], ['a'])).toBe(false);
    expect(coversAll([], [])).toBe(true);
  });

  test('decides rightly however many different scopes it was asked for', () => {
    const set = new ScopeSet(['a:*']);
    for (let index = 0; index < 2_000; index += 1) {
      expect(set.grants([`a:x${index}`])).toBe(true);
      expect(set.grants([`b:x${index}`])).toBe(false);
    }
    expect(set.grants(['a:x1999', 'b:x1'])).toBe(false);
  });

  test('cannot be widened from outside', () => {
    const list = ['a:b'];
    const set = new ScopeSet(list);
    list.push('*');
    expect(set.grants(['c'])).toBe(false);
    expect(set.list).toEqual(['a:b']);
    expect(Object.isFrozen(set.list)).toBe(true);
  });
});
