import { isWellFormed, keyLengthOf, MAX_KEY_LENGTH } from './format.js';

/**
 * Why a credential is refused, as far as that can be told to who sent it.
 * @public
 */
export type Mistake =
  | 'empty'
  | 'too_long'
  | 'scheme'
  | 'no_scheme'
  | 'quotes'
  | 'placeholder'
  | 'whitespace'
  | 'not_ascii'
  | 'prefix_only'
  | 'hint_only'
  | 'truncated'
  | 'extra_characters'
  | 'letter_case'
  | 'damaged'
  | 'other_product'
  | 'in_url'
  | 'replaced';

const HINT_BODY_LENGTH = 4;

/**
 * The likely mistake, said to the person who made it.
 * @public
 */
export const MISTAKE_TEXT: Readonly<Record<Mistake, string>> = {
  empty: 'The key is empty. Was the variable that should hold it set?',
  too_long: `The key is longer than ${MAX_KEY_LENGTH} characters. Was a whole file or token pasted?`,
  scheme: 'The key begins with the name of an authentication scheme. Send the key alone there.',
  no_scheme: 'The key in Authorization has no scheme before it that is accepted here.',
  quotes: 'The key has quotes around it. Take the quotes out of the variable or the file.',
  placeholder: 'This is a placeholder or an unexpanded variable. Put the real key in its place.',
  whitespace: 'The key has white space in or around it. Was it broken over lines when copied?',
  not_ascii: 'The key has a character no key has. Was it copied from a formatted document?',
  prefix_only: 'This is only the beginning of a key. Copy all of it.',
  hint_only: 'This is the hint shown in lists, not the key. The key was shown once, when issued.',
  truncated: 'The end of the key is missing. Copy all of it.',
  extra_characters: 'There is something after the end of the key. Copy the key alone.',
  letter_case: 'The key was changed to upper or lower case. Keys are case-sensitive.',
  damaged: 'The checksum is wrong: a character was changed, swapped or lost. Copy the key again.',
  other_product: 'This is not a key of this API: it does not begin as its keys do.',
  in_url: 'The key stands in the URL, where logs and histories keep it. Send it in a header.',
  replaced:
    'This secret was ended, and its key was not. Use the current secret of the key, or ask its issuer for it.',
};

/**
 * Names the likely mistake in a text that is no well-formed key of this prefix.
 * @public
 */
export function mistakeIn(text: string, prefix: string): Mistake {
  if (text.length === 0) return 'empty';
  if (text.length > MAX_KEY_LENGTH) return 'too_long';
  return mistakeAround(text, prefix) ?? mistakeWithin(text, prefix);
}

function mistakeAround(text: string, prefix: string): Mistake | undefined {
  if (/^["'`\u2018\u2019\u201c\u201d]|["'`\u2018\u2019\u201c\u201d]$/u.test(text)) return 'quotes';
  if (/^(?:bearer|api-?key|basic|token)[\s:]/iu.test(text)) return 'scheme';
  if (/[${}<>]/u.test(text)) return 'placeholder';
  // A keyspace may have one of these words as its prefix.
  const isOurs = text.startsWith(`${prefix}_`);
  if (!isOurs && /^(?:undefined|null|your[-_]|x{4,}$)/iu.test(text)) return 'placeholder';
  if (/\s/u.test(text)) return 'whitespace';
  if (/[^\x21-\x7e]/u.test(text)) return 'not_ascii';
  return undefined;
}

function mistakeWithin(text: string, prefix: string): Mistake {
  const starts = [`${prefix}_live_`, `${prefix}_test_`];
  if (starts.some((start) => start.startsWith(text))) return 'prefix_only';
  if (!text.startsWith(`${prefix}_`)) {
    return text.toLowerCase().startsWith(`${prefix}_`) ? 'letter_case' : 'other_product';
  }
  const start = starts.find((one) => text.startsWith(one));
  return start === undefined ? 'damaged' : mistakeAfter(start, { text, prefix });
}

function mistakeAfter(start: string, { text, prefix }: { text: string; prefix: string }): Mistake {
  const expected = keyLengthOf(prefix);
  if (text.length === start.length + HINT_BODY_LENGTH) return 'hint_only';
  if (text.length < expected) return 'truncated';
  if (text.length > expected) {
    return isWellFormed(text.slice(0, expected), prefix) ? 'extra_characters' : 'damaged';
  }
  const body = text.slice(start.length);
  return body === body.toLowerCase() || body === body.toUpperCase() ? 'letter_case' : 'damaged';
}
