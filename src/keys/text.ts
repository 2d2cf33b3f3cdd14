// Controls, surrogates, line and paragraph separators, annotations, and what shows nothing or
// reorders text (Unicode: Default_Ignorable_Code_Point), but for what chooses an emoji's form.
const UNPRINTABLE =
  /(?![\ufe00-\ufe0f])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u;
const CONTROL = /[\p{Cc}\p{Cs}]/u;
const TAG_SHAPE = /^[A-Za-z0-9][A-Za-z0-9._:=/-]{0,63}$/;

/**
 * The longest name, owner id or reason, in UTF-16 units.
 * @internal
 */
export const MAX_TEXT_LENGTH = 200;
/**
 * How many tags one key may have.
 * @public
 */
export const MAX_TAGS = 50;

/**
 * What is wrong with a line of text meant for people, or undefined.
 * @public
 */
export function faultInText(text: string): string | undefined {
  if (text.trim().length === 0) return 'is empty.';
  if (text.length > MAX_TEXT_LENGTH) return `is longer than ${MAX_TEXT_LENGTH} characters.`;
  if (UNPRINTABLE.test(text)) return 'has a control, invisible or text-direction character.';
  return undefined;
}

/**
 * A name with what cannot be seen taken out, and cut where it is too long; undefined if nothing is
 * left of it. A name that is accepted stays as it is.
 * @public
 */
export function printableName(name: string): string | undefined {
  if (faultInText(name) === undefined) return name;
  const seen = [...name.slice(0, MAX_TEXT_LENGTH * 4)].filter((one) => !UNPRINTABLE.test(one));
  let kept = '';
  for (const character of seen) {
    if (kept.length + character.length > MAX_TEXT_LENGTH) break;
    kept += character;
  }
  return faultInText(kept) === undefined ? kept : undefined;
}

/**
 * Whether the text has a control character or half a character: nothing that is kept has one, and
 * databases take them in different ways.
 * @public
 */
export function hasControl(text: string): boolean {
  return CONTROL.test(text);
}

/**
 * Whether the text is a tag: 1–64 of `A-Za-z0-9._:=/-`, beginning with a letter or digit.
 * @public
 */
export function isTag(text: string): boolean {
  return TAG_SHAPE.test(text);
}
