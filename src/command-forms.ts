import { type Form, isObject, required, text } from './form.js';

// Programs that a configuration names, whatever they are run for.

/** A program and its arguments. */
export function argvLike(example: string): Form {
  return {
    wanted: `a program and its arguments, like ["${example}"]`,
    fits: (value) => Array.isArray(value) && value.length > 0 && value[0] !== '',
    item: required({ ...text, fits: (value) => isText(value) && !value.includes('\0') }),
  };
}

/** Its environment. */
export const variables: Form = {
  wanted: 'an object of texts by name',
  fits: (value) => isObject(value) && Object.values(value).every(isText),
};

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}
