import type { Form } from '../form.js';

const MAX_LENGTH = 1_024; // More than any of these services takes.

/** A text of one shape, which stands in the path of a URL. No part of it is `..`. */
export function named(wanted: string, pattern: RegExp): Form {
  return {
    wanted,
    fits: (value) => isText(value) && pattern.test(value) && !value.split('/').some(isDots),
    isRequired: true,
  };
}

export const connectionName: Form = named('the name of a connection', /^[^\s/]+$/);

/** Names with `/` between them. None of them is `..`: it would lead to another path. */
export function pathOf(wanted: string): Form {
  return {
    wanted,
    fits: (value) =>
      isText(value) && value.split('/').every((part) => isPlain(part) && !isDots(part)),
    isRequired: true,
  };
}

/** The path of a URL. */
export function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function isPlain(part: string): boolean {
  return /^[^\p{Cc}\\?#]+$/u.test(part);
}

/** A URL takes these for the folder itself, and the one above. */
function isDots(part: string): boolean {
  return part === '.' || part === '..';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_LENGTH;
}
