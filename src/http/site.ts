import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MEDIA } from './html.js';

/** One file of the site, as it is sent. */
export interface SiteFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  /** An entity tag (RFC 9110 §8.8.3). */
  readonly etag: string;
  /** Its name changes with its content: it may be kept for ever. */
  readonly isAsset: boolean;
}

/** The documentation's site, as `npm run docs:site` built it. */
export interface Site {
  /** By its address below `/docs`; empty for the first page. */
  readonly file: (address: string) => Promise<SiteFile | undefined>;
  /** The page that says that nothing stands at an address. */
  readonly missing: (address: string) => Promise<SiteFile | undefined>;
}

// Joined by hand: bundlers would look for the folder behind a `new URL(…, import.meta.url)`.
const BUILT = join(dirname(fileURLToPath(import.meta.url)), '../site');
const FIRST = 'index.html';
const ASSETS = 'assets/';
const TAG_LENGTH = 32; // In hexadecimal digits: 128 bits are enough to tell two files apart.
const MEDIA_TYPES = new Map<string, string>([
  ['.html', MEDIA.page],
  ['.css', MEDIA.style],
  ['.js', MEDIA.script],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
  ['.webp', 'image/webp'],
]);
// Told by status 404 alone, each at its depth: addresses in them are relative.
const MISSING = ['404.html', '404/below.html'] as const;
const UNNAMED: ReadonlySet<string> = new Set([FIRST, ...MISSING]); // No address names these.

/**
 * The site in a folder, which is first looked at when a page is asked for. Only what was found in
 * it then is ever read, whatever an address says. Where nothing was built, it has no file.
 */
export function siteAt(folder: string = BUILT): Site {
  let names: Promise<ReadonlySet<string>> | undefined;
  const read = async (name: string): Promise<SiteFile | undefined> => {
    names ??= namesIn(folder);
    if (!(await names).has(name)) return undefined;
    const bytes = await bytesOf(join(folder, name));
    const mediaType = MEDIA_TYPES.get(extname(name));
    if (bytes === undefined || mediaType === undefined) return undefined;
    const etag = `"${hash('sha256', bytes, 'hex').slice(0, TAG_LENGTH)}"`;
    return { bytes, mediaType, etag, isAsset: name.startsWith(ASSETS) };
  };
  return {
    async file(address) {
      if (address === '') return read(FIRST);
      const name = address.startsWith(ASSETS) ? address : `${address}.html`;
      return UNNAMED.has(name) ? undefined : read(name);
    },
    missing: (address) => read(address.includes('/') ? MISSING[1] : MISSING[0]),
  };
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    const found = await readdir(folder, { recursive: true });
    return new Set(found.map((name) => name.split(sep).join('/')));
  } catch {
    return new Set(); // Not built.
  }
}

async function bytesOf(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch {
    return undefined; // Built anew meanwhile.
  }
}
