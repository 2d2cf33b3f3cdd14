const META = 'meta[name="keyturn-base"]';

/**
 * Where Keyturn is mounted, with a slash at its end. The server writes it into the page, relative to
 * the address that was asked for, so that the pages work under any path.
 * @public
 */
export const base = baseOf(document.querySelector(META)?.getAttribute('content') ?? undefined);

function baseOf(written: string | undefined): URL {
  const isWritten = written !== undefined && !written.startsWith('%'); // Not while pages are written.
  return new URL(isWritten ? written : '/', location.href);
}
