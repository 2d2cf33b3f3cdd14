/** No space, list or quote, which would name somebody else as well. */
const ADDRESS = /^[^\s@<>",;:\\]{1,64}@[^\s@<>",;:\\]{1,190}$/;

/**
 * Whether it is one mail address, as `name@domain`.
 * @public
 */
export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}
