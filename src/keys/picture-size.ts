/** How wide and high a picture says it is, in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const IHDR = Buffer.from([0, 0, 0, 13, ...Buffer.from('IHDR')]);
const PNG_HEADER_BYTES = 33; // The signature, and its first chunk with its checksum.
const VP8_START = Buffer.from([0x9d, 0x01, 0x2a]);
const VP8L_MARK = 0x2f;
const SIDE_BITS = 0x3fff; // Fourteen of them.
const WEBP_HEADER_BYTES = 30;

/** By its first chunk. Undefined: it is not there. */
export function pngSize(bytes: Buffer): PictureSize | undefined {
  if (bytes.length < PNG_HEADER_BYTES || !bytes.subarray(8, 16).equals(IHDR)) return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** By its frame header, behind as many segments as there are. */
export function jpegSize(bytes: Buffer): PictureSize | undefined {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (isFrame(marker)) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** SOF0 to SOF15, among which stand tables (C4, CC) and an extension (C8). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** By the first chunk, of which there are three kinds: lossy, lossless and extended. */
export function webpSize(bytes: Buffer): PictureSize | undefined {
  if (bytes.length < WEBP_HEADER_BYTES) return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ': {
      if (!bytes.subarray(23, 26).equals(VP8_START)) return undefined;
      const side = (offset: number) => bytes.readUInt16LE(offset) & SIDE_BITS;
      return { width: side(26), height: side(28) };
    }
    case 'VP8L': {
      if (bytes[20] !== VP8L_MARK) return undefined;
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & SIDE_BITS) + 1, height: ((bits >>> 14) & SIDE_BITS) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}
