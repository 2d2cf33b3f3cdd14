import { expect, test } from 'vitest';
import { MAX_LOGO_BYTES, readLogo } from './logo.js';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const base64 = (...bytes: readonly number[]) => Buffer.from(bytes).toString('base64');
const hex = (text: string) => [...Buffer.from(text.replaceAll(' ', ''), 'hex')];
const latin1 = (text: string) => [...Buffer.from(text, 'latin1')];
const png = (width: number, height: number) => {
  const sides = Buffer.alloc(8);
  sides.writeUInt32BE(width, 0);
  sides.writeUInt32BE(height, 4);
  return [
    ...SIGNATURE,
    ...hex('0000000d'),
    ...latin1('IHDR'),
    ...sides,
    ...hex('08060000000000 0000'),
  ];
};
const webp = (kind: string, ...rest: readonly number[]) => [
  ...latin1(`RIFF\x20\0\0\0WEBP${kind}\x10\0\0\0`),
  ...rest,
];
const PNG = png(64, 32);
/** An APP0 segment, then a frame of 32 by 64. */
const JPEG = hex('ffd8 ffe0 0004 4a46 ffc2 0011 08 0020 0040 03 012200');

test.each([
  ['image/png', PNG],
  ['image/png', png(2_048, 1)],
  ['image/jpeg', JPEG],
  ['image/webp', webp('VP8 ', ...hex('300100 9d012a 4000 2000'))],
  ['image/webp', webp('VP8L', ...hex('2f 3fc00700 0000000000'))],
  ['image/webp', webp('VP8X', ...hex('00000000 3f0000 1f0000'))],
])('a logo is %s by its own bytes', (mediaType, bytes) => {
  expect(readLogo(base64(...bytes))).toMatchObject({ ok: true, facts: { mediaType } });
});

test.each([
  ['a PNG of its signature alone', SIGNATURE],
  [
    'a PNG whose first chunk is another',
    [...PNG.slice(0, 12), ...latin1('IDAT'), ...PNG.slice(16)],
  ],
  ['a PNG of no height', png(64, 0)],
  ['a PNG of no width', png(0, 64)],
  ['a JPEG without a frame', JPEG.slice(0, 8)],
  ['a JPEG that is cut off in its frame', JPEG.slice(0, 14)],
  ['a WebP without a picture', webp('EXIF', ...Array<number>(10).fill(0))],
  ['a WebP that is cut off', webp('VP8 ', ...hex('300100'))],
  ['a lossy WebP without its start code', webp('VP8 ', ...Array<number>(10).fill(1))],
  ['a lossless WebP without its mark', webp('VP8L', ...Array<number>(10).fill(1))],
])('no logo is %s', (_what, bytes) => {
  const fault = 'is damaged: its header does not say how large it is.';
  expect(readLogo(base64(...bytes))).toEqual({ ok: false, fault });
});

test.each([
  ['a PNG', png(1, 2_049)],
  ['a JPEG', hex('ffd8 ffc0 0011 08 0020 ffff 03 012200')],
  ['a lossy WebP', webp('VP8 ', ...hex('300100 9d012a ff3f 2000'))],
  ['a lossless WebP', webp('VP8L', ...hex('2f ffffff0f 0000000000'))],
  ['an extended WebP', webp('VP8X', ...hex('00000000 ffff00 1f0000'))],
])('no logo is %s of more pixels than a browser should hold', (_what, bytes) => {
  const fault = 'is larger than 2048 pixels a side.';
  expect(readLogo(base64(...bytes))).toEqual({ ok: false, fault });
});

test.each([
  ['is no PNG, JPEG or WebP.', Buffer.from('<svg xmlns="…"/>').toString('base64')],
  ['is no PNG, JPEG or WebP.', Buffer.from('RIFF\u0001\u0001\u0001\u0001WAVE').toString('base64')],
  ['is no PNG, JPEG or WebP.', ''],
  ['is not in base64.', 'data:image/png;base64,AAAA'],
  ['is not in base64.', base64(...SIGNATURE).replace('=', '')],
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
