/**
 * The names of classes that apply.
 * @public
 */
export function names(...given: readonly (string | false | undefined)[]): string {
  return given.filter((name) => typeof name === 'string' && name !== '').join(' ');
}
