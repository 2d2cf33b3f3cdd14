import { detailsOf } from '../../src/rotation/details.js';
import type { Rotation } from '../../src/rotation-views.js';
import type { Change, Write } from '../../src/store/change.js';
import type { RotationRecord } from '../../src/store/rotation.js';
import type { Store } from '../../src/store/store.js';
import type { Fleet } from '../setup/fleet.js';
import { type Act, type Course, say, waitFor } from './course.js';
import { COURSES } from './courses.js';
import { type Known, People } from './people.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const MOST_ACTS = 80;

export function courseOf(name: string): Course {
  const course = COURSES[name];
  if (course === undefined) throw new Error(`There is no course "${name}".`);
  return course;
}

/** The key, and mostly a consumer that has worked with it for a day. */
export async function begin(fleet: Fleet, name: string): Promise<Known> {
  const { keyturn } = fleet.at(0);
  const { policy, isUnused, delivery } = courseOf(name);
  const named = policy === undefined ? {} : { policy: name.replaceAll(/\W/g, '-') };
  if (named.policy !== undefined) await keyturn.policies.create({ ...policy, name: named.policy });
  const { key, plaintext } = await keyturn.keys.create({ name, ...named });
  // An emergency of its tag is one of two keys.
  const tags = [key.id];
  await keyturn.keys.update(key.id, { tags });
  await keyturn.keys.create({ name: 'beside', tags });
  const known = { id: key.id, first: plaintext, shown: [], links: [] };
  const people = new People(fleet, known);
  if (delivery) await people.places.add(fleet, { id: key.id, plaintext }, delivery);
  if (isUnused !== true) await people.use();
  await people.pass(DAY_MS);
  return known;
}

/** Another instance works on it as soon as the lease of whoever has died is over. */
export async function takeOver(people: People, name: string): Promise<void> {
  if (courseOf(name).isHasty !== true) await people.pass(MINUTE_MS);
}

/** They go on from wherever it is, until there is nothing more to do. */
export async function goOn(people: People, name: string): Promise<void> {
  const course = courseOf(name);
  for (let count = 0; count < MOST_ACTS; count += 1) {
    if (await act(people, course)) return;
  }
  throw new Error('It does not come to an end.');
}

/** @returns whether nothing is left to do. */
async function act(people: People, course: Course): Promise<boolean> {
  const all = await people.rotations();
  // Lanes share a process, not a clock: of two begun at the same moment either may be the newer.
  const last = all.find(({ closedAt }) => closedAt === null) ?? all[0];
  if (last?.closedAt === null) {
    const next = (await isLost(people, last)) ? lostIn(course, last) : course.at[last.step];
    await (next ?? waitFor(MINUTE_MS))(people, last, all.length);
    return false;
  }
  const isOver = course.isOver ?? (() => last?.state === 'completed');
  if (last !== undefined && (await isOver(people, all.length))) return true;
  // Whoever has died is not waited for any more.
  if (course.isHasty) await people.pass(MINUTE_MS);
  await course.begin(people, all.length);
  return false;
}

/** A new secret is accepted, and whoever was to answer it has died before. */
async function isLost(people: People, last: Rotation): Promise<boolean> {
  const isNew = last.oldSecret < (last.newSecret ?? 0) && !last.compromised;
  if (last.step !== 'observe' || last.deliver !== 'answer' || !isNew) return false;
  return (await people.accepted()).length === 0;
}

function lostIn({ isHasty, lost, at }: Course, { step }: Rotation): Act | undefined {
  return isHasty ? at[step] : (lost ?? say('rollback'));
}

/** What one commit moves. */
export interface Move {
  /** Each way that it goes, as in the course; none: it stays where it is, or is no rotation's. */
  readonly ways: readonly string[];
  /** What a person has said for it; none: it comes by itself. */
  readonly word: string;
  /** By what it is known. */
  readonly label: string;
}

/** Passes everything on, and tells of each commit what it moves, before and after. */
export function watched(
  store: Store,
  told: (move: Move, when: 'before' | 'after') => void,
  word: () => string | undefined,
): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'commit') return value.bind(target);
      return async (change: Change, ...rest: readonly unknown[]) => {
        const move = await moveOf(target, change, word());
        told(move, 'before');
        const result: unknown = await value.call(target, change, ...rest);
        told(move, 'after');
        return result;
      };
    },
  });
}

async function moveOf(store: Store, change: Change, word = ''): Promise<Move> {
  const gone = await Promise.all(change.writes.map((write) => wayOf(store, write)));
  const ways = gone.flatMap((one) => (one?.isStay === false ? [one.way] : []));
  const texts = new Set(gone.flatMap((one) => (one === undefined ? [] : [one.text])));
  const isByItself = change.events.every(({ actor }) => actor.kind === 'scheduler');
  const types = new Set(change.events.map(({ type }) => type));
  const label = `${[...texts].join(' + ')} (${isByItself ? [...types].join(', ') : word})`;
  return { ways, word: isByItself ? '' : word, label };
}

async function wayOf(store: Store, write: Write) {
  if (write.kind === 'insert_rotation') {
    const { rotation } = write;
    const way = `begin → ${rotation.step}`;
    return { text: `${way}${placesOf(rotation)}`, isStay: false, way };
  }
  if (write.kind !== 'update_rotation') return undefined;
  const { id, step, isOpen, state, claimDigest } = write.rotation;
  const before = await store.getRotation(id, 'all');
  const to = isOpen ? step : state;
  const isStay = to === before?.step && claimDigest === before.claimDigest;
  const way = `${before?.step} → ${to}`;
  const text = `${isStay ? `at ${step}` : way}${placesOf(before)}`;
  return { text, isStay, way };
}

/** Until all places have it, what goes there goes another way than what is answered. */
function placesOf(rotation: RotationRecord | undefined): string {
  if (rotation === undefined) return '';
  const { deliver, destinations, observedFrom } = detailsOf(rotation);
  if (deliver !== 'destinations' || observedFrom !== null) return '';
  return destinations === undefined ? ', to places' : `, to ${destinations.length} places`;
}
