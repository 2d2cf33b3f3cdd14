/**
 * What there is once in this process. On the global object, which alone is one for all: a bundler
 * or a development server may load this module more than once.
 */
export function oncePerProcess<T>(name: string, make: () => T): T {
  const place = Symbol.for(name);
  const known: T | undefined = Reflect.get(globalThis, place);
  if (known !== undefined) return known;
  const made = make();
  Reflect.set(globalThis, place, made);
  return made;
}
