// What a terminal would obey or hide instead of showing: controls, lone surrogates, separators,
// and every character that is invisible or reorders text.
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/** Data as a terminal may see it: what it would obey stands as `\u{1b}`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escapeForPeople);
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON whose every character a terminal shows; it reads back as the same value. */
export function printableJson(value: unknown, indent: number): string {
  const json = JSON.stringify(value, undefined, indent);
  return json.replaceAll(UNPRINTABLE, (character) =>
    character === '\n' ? '\n' : escapeForJson(character),
  );
}

function escapeForPeople(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** All of them stand below U+10000, so one escape of four digits is enough (RFC 8259 §7). */
function escapeForJson(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
