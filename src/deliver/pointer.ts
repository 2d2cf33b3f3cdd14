import type { Form } from '../form.js';

const MAX_LENGTH = 512;
const POINTER = /^(?:\/(?:[^~/]|~[01])+)+$/;

/** A JSON pointer (RFC 6901) to something below the root, whose names are not empty. */
export const pointer: Form = {
  wanted: 'a JSON pointer, as in "/services/api/key"',
  fits: (value) => typeof value === 'string' && value.length <= MAX_LENGTH && POINTER.test(value),
};

/** Its reference tokens (RFC 6901 §4). */
export function namesIn(pointer: string): readonly string[] {
  const names = pointer.split('/').slice(1);
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Which entry of a list a token means, if any (RFC 6901 §4). */
export function indexOf(name: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : undefined;
}
