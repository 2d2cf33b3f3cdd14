import type { Keyturn } from '../public.js';
import { requireKeyturn } from './options.js';

/** A Keyturn, or what answers one when the first request comes. */
export type KeyturnSource = Keyturn | (() => Keyturn | Promise<Keyturn>);

const PLACE = Symbol.for('keyturn.shared');

/**
 * One Keyturn for the process, made when it is first asked for: a build that imports the application
 * makes none, and a development server that loads modules anew goes on with the one there is. With
 * other options it is made after a restart; a second one in the process needs a name of its own.
 * @public
 */
export function sharedKeyturn(
  make: () => Promise<Keyturn>,
  name = 'default',
): () => Promise<Keyturn> {
  return () => {
    const made = kept();
    const known = made.get(name);
    if (known !== undefined) return known;
    const keyturn = make().then((one) => {
      const close = one.close.bind(one);
      // Who closes it takes it away: the next who asks is made another, not handed what is closed.
      Reflect.set(one, 'close', () => {
        if (made.get(name) === keyturn) made.delete(name);
        return close();
      });
      return one;
    });
    made.set(name, keyturn);
    keyturn.catch(() => made.delete(name)); // The next request tries again.
    return keyturn;
  };
}

/** On the global object, which alone outlives a module that is loaded anew. */
function kept(): Map<string, Promise<Keyturn>> {
  const known: Map<string, Promise<Keyturn>> | undefined = Reflect.get(globalThis, PLACE);
  if (known !== undefined) return known;
  const made = new Map<string, Promise<Keyturn>>();
  Reflect.set(globalThis, PLACE, made);
  return made;
}

/** Makes something of the Keyturn once there is one: at once, or with the first request. */
export function madeOnce<T>(
  source: KeyturnSource,
  make: (keyturn: Keyturn) => T,
): () => T | Promise<T> {
  if (typeof source !== 'function') {
    const made = make(requireKeyturn(source));
    return () => made;
  }
  let made: { readonly value: T } | undefined;
  return async () => {
    made ??= { value: make(requireKeyturn(await source())) };
    return made.value;
  };
}
