import { shownScopes } from './small-scopes.js';
import type { Fields } from './source-row.js';
import { has } from './values.js';

// What is said of a row that may come wider than its source meant it.

/** As columns may be called by which an application of its own narrows what a key may do. */
const LIMITS = /allow|deny|_ips?$|^ips?(?:_|$)|address|scope|permission/i;
/** The same of those that say yes or no, and narrow it by one of the two. */
const FLAGS = [
  { name: /^(?:is_?)?(?:active|enabled)$/i, unless: /^(?:true|t|1|yes)$/i },
  {
    name: /^(?:is_?)?(?:disabled|banned|blocked|suspended|read_?only)$/i,
    unless: /^(?:false|f|0|no)$/i,
  },
] as const;
/** A name that can be shown: no text of a key's own. */
const SHOWN_NAME = /^[A-Za-z_]{1,30}$/;
const MAX_SHOWN = 5;

/** As a note names a field: by a word, or not at all. */
export function shownName(name: string): string {
  return SHOWN_NAME.test(name) ? name : 'a field with a strange name';
}

/** The first few of them. */
export function listed(names: readonly string[]): string {
  const more = names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : '';
  return `${names.slice(0, MAX_SHOWN).join(', ')}${more}`;
}

/** What a name with a star permits here, which its source may have taken for a name like any other. */
export function wildcardNotes(scopes: readonly string[]): readonly string[] {
  const wide = scopes.filter((scope) => scope.split(':').includes('*'));
  if (wide.length === 0) return [];
  return [
    `Its scopes permit here all that fits the star: ${shownScopes(wide)}. If its source takes that for a name ` +
      'like any other, give it those that it is to have: keyturn key update ID --scope …',
  ];
}

/** That nobody enforces here what such columns say: the key may do more than it could. */
export function unenforcedNotes(fields: Fields, known: ReadonlySet<string>): readonly string[] {
  const names = [...fields.keys()].filter(
    (name) => !known.has(name) && has(fields, name) && isLimit(fields, name),
  );
  if (names.length === 0) return [];
  return [
    `Kept as metadata, and enforced by nobody here: ${listed(names.map(shownName))}. Where it narrows ` +
      'the key, disable it or narrow it here: keyturn key update ID',
  ];
}

function isLimit(fields: Fields, name: string): boolean {
  const said = String(fields.get(name));
  const isSwitched = FLAGS.some((flag) => flag.name.test(name) && !flag.unless.test(said));
  return isSwitched || LIMITS.test(name);
}
