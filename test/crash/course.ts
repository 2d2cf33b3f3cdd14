import type { PolicyInput } from '../../src/policy-views.js';
import type { Rotation, RotationVerb } from '../../src/rotation-views.js';
import type { People } from './people.js';
import type { Delivery } from './places.js';

/** What they do next with a rotation that is open. */
export type Act = (people: People, last: Rotation, count: number) => Promise<unknown>;

/**
 * What people do with the rotations of one key. They look at what is, and go on from there: whoever
 * has died, another instance is told the same.
 */
export interface Course {
  readonly policy?: Omit<PolicyInput, 'name'>;
  /** They do not wait until the lease of whoever has died is over. */
  readonly isHasty?: true;
  /** Absent: whoever asks is answered the new secret, or a link to it. */
  readonly delivery?: Delivery;
  /** Nobody has worked with the key. */
  readonly isUnused?: true;
  /** @param count the rotations before. */
  readonly begin: (people: People, count: number) => Promise<void>;
  /** At each step; where nothing stands, they wait. */
  readonly at: Readonly<Partial<Record<Rotation['step'], Act>>>;
  /** A new secret is accepted, and nobody was answered it. Absent: they roll back. */
  readonly lost?: Act;
  /** Whether nothing is left to do, where none is open. Absent: when one has completed. */
  readonly isOver?: (people: People, count: number) => boolean | Promise<boolean>;
}

export const say =
  (word: RotationVerb, input: Readonly<Record<string, string>> = {}): Act =>
  (people, last) =>
    people.say(last, word, input);

export const rotate = (people: People) => people.rotate();
export const waitFor =
  (durationMs: number): Act =>
  (people) =>
    people.pass(durationMs);
export const hasOne = async (people: People) => (await people.accepted()).length > 0;
