/** The value as JavaScript passes it: the compiler looks away. */
export function untyped(value: unknown) {
  const box: object = { value };
  return Reflect.get(box, 'value');
}
