import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Digest, digestOf, isSameDigest } from './digest.js';

// Made with another implementation: hashlib of Python; the first two are FIPS 180-4's own.
test.each([
  ['', '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
  ['abc', 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'],
  [
    'key_live_000000000000000000000000000000003icPOI',
    'PDAVFLNg0G7ZHEdiOUuvYTiF8eent-oRU4IoUtoCGNI',
  ],
  ['é🔑', '7hyLYw7zOzo8yIhvSVl-GZN1azaCKFpYNoysmD8jnmk'],
])('the digest of "%s" is its SHA-256', (text, digest) => {
  expect(digestOf(text)).toBe(digest);
});

test('any digest is SHA-256 in base64url', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(digestOf(text)).toBe(createHash('sha256').update(text).digest('base64url'));
    }),
  );
});

test('two digests are the same if every character is, and only then', () => {
  const digest = digestOf('abc');
  expect(isSameDigest(digest, digestOf('abc'))).toBe(true);
  for (const index of [...digest].keys()) {
    const other = asStored(
      digest.slice(0, index) + swapped(digest, index) + digest.slice(index + 1),
    );
    expect(isSameDigest(digest, other), `character ${index}`).toBe(false);
  }
});

function swapped(digest: Digest, index: number): string {
  return digest.charAt(index) === 'A' ? 'B' : 'A';
}

/** As a store reads it. */
function asStored(text: string): Digest {
  return JSON.parse(JSON.stringify(text));
}
