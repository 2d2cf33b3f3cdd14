import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MEDIA } from './html.js';

/** A file of the admin pages, as it is sent. */
export interface AdminFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  /** A content coding (RFC 9110 §8.4.1); undefined where it is sent as it is. */
  readonly coding: 'br' | 'gzip' | undefined;
  /** An entity tag (RFC 9110 §8.8.3), another for each coding. */
  readonly etag: string;
}

/** The admin pages, as `npm run build` made them. */
export interface AdminFiles {
  /** The page that every address of theirs shows; undefined where they were not built. */
  readonly shell: (depth: number) => Promise<AdminFile | undefined>;
  /** What the page loads, by its name, in the shortest form that is accepted. */
  readonly asset: (name: string, accepted: string) => Promise<AdminFile | undefined>;
}

// Joined by hand: bundlers would look for the folder behind a `new URL(…, import.meta.url)`.
const BUILT = join(dirname(fileURLToPath(import.meta.url)), '../admin');
const TAG_LENGTH = 32; // In hexadecimal digits: 128 bits are enough to tell two files apart.
const MEDIA_TYPES = new Map<string, string>([
  ['.css', MEDIA.style],
  ['.js', MEDIA.script],
]);
const CODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/**
 * The pages in a folder, which is first looked at when one is asked for. Only what was found in it
 * then is ever read, whatever an address says.
 */
export function adminFilesAt(folder: string = BUILT): AdminFiles {
  let names: Promise<ReadonlySet<string>> | undefined;
  const assets = join(folder, 'assets');
  return {
    async shell(depth) {
      const bytes = await bytesOf(join(folder, 'index.html'));
      if (bytes === undefined) return undefined;
      const text = shellAt(new TextDecoder().decode(bytes), depth);
      return fileOf(new TextEncoder().encode(text), MEDIA.page, undefined);
    },
    async asset(name, accepted) {
      names ??= namesIn(assets);
      const known = await names;
      const mediaType = MEDIA_TYPES.get(extname(name));
      if (mediaType === undefined || !known.has(name)) return undefined;
      const found = CODINGS.find(
        ([coding, ending]) => takes(accepted, coding) && known.has(`${name}${ending}`),
      );
      const bytes = await bytesOf(join(assets, `${name}${found?.[1] ?? ''}`));
      return bytes && fileOf(bytes, mediaType, found?.[0]);
    },
  };
}

/** Addresses in it are relative to the one that was asked for: it may be mounted anywhere. */
function shellAt(text: string, depth: number): string {
  const up = '../'.repeat(depth);
  const own = depth === 0 ? 'admin/' : '../'.repeat(depth - 1);
  return text
    .replaceAll('./assets/', `${own}assets/`)
    .replace('%KEYTURN_BASE%', up === '' ? './' : up);
}

function fileOf(
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
  coding: AdminFile['coding'],
): AdminFile {
  const etag = `"${hash('sha256', bytes, 'hex').slice(0, TAG_LENGTH)}"`;
  return { bytes, mediaType, coding, etag };
}

/** Whether Accept-Encoding names a coding, and does not refuse it (RFC 9110 §12.5.3). */
function takes(accepted: string, coding: string): boolean {
  return accepted
    .toLowerCase()
    .split(',')
    .map((item) => item.split(';').map((part) => part.trim()))
    .some(([name, weight = 'q=1']) => name === coding && !/^q=0(?:\.0*)?$/.test(weight));
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch {
    return new Set(); // Not built.
  }
}

async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch {
    return undefined; // Not built, or built anew meanwhile.
  }
}
