import type { Actor } from '../audit/event.js';
import { keyIdFrom } from '../keys/id.js';
import type { Lifecycle } from '../lifecycle/context.js';

const MAX_GENERATIONS = 32; // Of keys that made keys; nobody has so many.

/**
 * Whether two actors are one person, as far as is known: the same, or one made the other's key, or
 * one person made both.
 */
export type IsKin = (one: Actor, other: Actor) => boolean;

/** Reads from whom the keys of these actors come. */
export async function kinOf({ store }: Lifecycle, actors: readonly Actor[]): Promise<IsKin> {
  const makers = new Map<string, readonly string[]>();
  for (const actor of actors) {
    if (actor.kind === 'management_key') makers.set(actor.id, await makersOf(store, actor.id));
  }
  const stems = (one: Actor, other: Actor) => makers.get(one.id)?.includes(other.id) === true;
  const personOf = ({ kind, id }: Actor) =>
    kind === 'admin' ? id : makers.get(id)?.find((maker) => keyIdFrom(maker) === undefined);
  const isOnePerson = (one: Actor, other: Actor) => {
    const person = personOf(one);
    return person !== undefined && person === personOf(other);
  };
  return (one, other) =>
    (one.kind === other.kind && one.id === other.id) ||
    stems(one, other) ||
    stems(other, one) ||
    isOnePerson(one, other);
}

/** The key that made it, the one that made that, and so on; last, the person who made the first. */
async function makersOf(store: Lifecycle['store'], id: string): Promise<readonly string[]> {
  const makers: string[] = [];
  let keyId = keyIdFrom(id);
  while (keyId !== undefined && makers.length < MAX_GENERATIONS) {
    const maker = (await store.getKey(keyId, 'all'))?.makerId ?? undefined;
    if (maker !== undefined) makers.push(maker);
    keyId = maker === undefined ? undefined : keyIdFrom(maker);
  }
  return makers;
}
