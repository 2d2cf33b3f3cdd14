import { expect, test } from 'vitest';
import { MAX_LOGO_BYTES, readLogo } from './logo.js';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const base64 = (...bytes: readonly number[]) => Buffer.from(bytes).toString('base64');

test.each([
  ['image/png', base64(...PNG, 1)],
  ['image/jpeg', base64(0xff, 0xd8, 0xff, 0xe0)],
  ['image/webp', Buffer.from('RIFF\u0001\u0001\u0001\u0001WEBPVP8 ').toString('base64')],
])('a logo is %s by its own bytes', (mediaType, text) => {
  expect(readLogo(text)).toMatchObject({ ok: true, facts: { mediaType } });
});

test.each([
  ['is no PNG, JPEG or WebP.', Buffer.from('<svg xmlns="…"/>').toString('base64')],
  ['is no PNG, JPEG or WebP.', Buffer.from('RIFF\u0001\u0001\u0001\u0001WAVE').toString('base64')],
  ['is no PNG, JPEG or WebP.', ''],
  ['is not in base64.', 'data:image/png;base64,AAAA'],
  ['is not in base64.', base64(...PNG).replace('=', '')],
  [
    'is larger than 32 KiB.',
    Buffer.concat([Buffer.from(PNG), Buffer.alloc(MAX_LOGO_BYTES)]).toString('base64'),
  ],
])('no logo %s', (fault, text) => {
  expect(readLogo(text)).toEqual({ ok: false, fault });
});

test('a logo has 32 KiB at most', () => {
  const most = Buffer.concat([Buffer.from(PNG), Buffer.alloc(MAX_LOGO_BYTES - PNG.length)]);
  expect(readLogo(most.toString('base64'))).toMatchObject({
    ok: true,
    facts: { sizeBytes: MAX_LOGO_BYTES },
  });
});
