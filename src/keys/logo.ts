import { createHash } from 'node:crypto';
import { jpegSize, type PictureSize, pngSize, webpSize } from './picture-size.js';

/**
 * What is known of a keyspace's logo without reading it.
 * @public
 */
export interface LogoFacts {
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/webp';
  readonly sizeBytes: number;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Small enough to travel in a request, and in the page that shows it.
 * @internal
 */
export const MAX_LOGO_BYTES = 32 * 1_024;

/** A small file can unfold to gigabytes in the browser that shows it. */
const MAX_SIDE_PIXELS = 2_048;

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
const [RIFF, WEBP] = [Buffer.from('RIFF'), Buffer.from('WEBP')];

/**
 * Looks at a picture in base64 (RFC 4648 §4): what it is its own bytes say, and no name. An SVG is a
 * program, and none.
 * @returns what is wrong with it, where it cannot be a logo.
 * @public
 */
export function readLogo(
  base64: string,
):
  | { readonly ok: true; readonly facts: LogoFacts }
  | { readonly ok: false; readonly fault: string } {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) return { ok: false, fault: 'is not in base64.' };
  const sizeBytes = bytes.length;
  if (sizeBytes > MAX_LOGO_BYTES) return { ok: false, fault: 'is larger than 32 KiB.' };
  const mediaType = mediaTypeOf(bytes);
  if (mediaType === undefined) return { ok: false, fault: 'is no PNG, JPEG or WebP.' };
  const size = SIZE_OF[mediaType](bytes);
  if (size === undefined || size.width === 0 || size.height === 0) {
    return { ok: false, fault: 'is damaged: its header does not say how large it is.' };
  }
  if (Math.max(size.width, size.height) > MAX_SIDE_PIXELS) {
    return { ok: false, fault: `is larger than ${MAX_SIDE_PIXELS} pixels a side.` };
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ok: true, facts: { mediaType, sizeBytes, sha256 } };
}

type SizeOf = (bytes: Buffer) => PictureSize | undefined;

const SIZE_OF: Readonly<Record<LogoFacts['mediaType'], SizeOf>> = {
  'image/png': pngSize,
  'image/jpeg': jpegSize,
  'image/webp': webpSize,
};

function mediaTypeOf(bytes: Buffer): LogoFacts['mediaType'] | undefined {
  if (bytes.subarray(0, 8).equals(PNG)) return 'image/png';
  if (bytes.subarray(0, 3).equals(JPEG)) return 'image/jpeg';
  const isWebp = bytes.subarray(0, 4).equals(RIFF) && bytes.subarray(8, 12).equals(WEBP);
  return isWebp ? 'image/webp' : undefined;
}
