import type { SourceRow } from './source-row.js';

const LIKE_A_SCOPE = /^[A-Za-z0-9._:*-]+$/;
const MAX_SHOWN_LENGTH = 64; // Characters: of a scope, not of a key in the wrong column.
const MAX_SHOWN = 5;

/**
 * Scopes are written in small letters here, and other systems take any. A row whose scopes have
 * capitals says so; with `--lower-scopes` they are written small, and the row says that.
 */
export async function* withSmallScopes(
  rows: AsyncIterable<SourceRow>,
  isLowered: boolean,
): AsyncGenerator<SourceRow> {
  const spellings = new Map<string, string>(); // An API has few scopes, however many keys.
  for await (const row of rows) yield isLowered ? lowered(row, spellings) : asItIs(row);
}

/** None where it is no list of texts: the import itself refuses that. */
function scopesIn({ row }: SourceRow): readonly string[] {
  const scopes: unknown = row?.['scopes'];
  const isList = Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string');
  return isList ? scopes : [];
}

/** What else is wrong with one, the import itself says. */
function isTooLarge(scope: string): boolean {
  return LIKE_A_SCOPE.test(scope) && scope !== scope.toLowerCase();
}

function asItIs(source: SourceRow): SourceRow {
  const large = scopesIn(source).filter(isTooLarge);
  if (large.length === 0) return source;
  return refused(
    source,
    `has scopes with capitals (${shownScopes(large)}), and they are written in small letters here. ` +
      'Import with --lower-scopes, and ask for them so in your routes.',
  );
}

function lowered(source: SourceRow, spellings: Map<string, string>): SourceRow {
  const scopes = scopesIn(source);
  const large = scopes.filter(isTooLarge);
  const small = scopes.map((scope) => scope.toLowerCase());
  for (const [index, scope] of scopes.entries()) {
    const key = small[index] ?? '';
    const first = spellings.get(key) ?? scope;
    spellings.set(key, first);
    if (first === scope) continue;
    // The two permissions would become one, and so more.
    return refused(
      source,
      `has a scope that differs from another in the source by capitals alone (${shownScopes([scope])}). ` +
        'Rename one of them in the source.',
    );
  }
  if (large.length === 0) return source;
  const note = `Its scopes are written in small letters now: ${shownScopes(large)}.`;
  const row = { ...source.row, scopes: small };
  return { ...source, row, notes: [...(source.notes ?? []), note] };
}

/** What is long may be a key that stands in the wrong column. */
export function shownScopes(scopes: readonly string[]): string {
  const short = scopes.filter((scope) => scope.length <= MAX_SHOWN_LENGTH && scope.includes(':'));
  const listed = short.slice(0, MAX_SHOWN);
  const more = scopes.length - listed.length;
  if (listed.length === 0) return `${more} of them`;
  return listed.join(', ') + (more === 0 ? '' : ` and ${more} more`);
}

function refused({ place, row }: SourceRow, fault: string): SourceRow {
  const id = row?.['id'];
  const isKnown = typeof id === 'string' || typeof id === 'number';
  return { place, ...(isKnown ? { id: String(id) } : {}), fault };
}
