import { expect } from 'vitest';
import type { Destination } from '../../src/deliver/destination.js';
import type { DestinationOpener } from '../../src/deliver/opener.js';
import { digestOf, isSameDigest } from '../../src/keys/digest.js';
import type { Rotation } from '../../src/rotation-views.js';
import type { DestinationRecord } from '../../src/store/automation.js';
import type { Key } from '../../src/views.js';
import { aChange } from '../contract/build.js';
import { putDestination } from '../setup/deliveries.js';
import type { Fleet } from '../setup/fleet.js';
import type { Fault, PlaceAct } from './rotation-acts.js';

interface Held {
  value: string;
  /** What it has refused, and handed on all the same. */
  readonly handedOn: string[];
  fault: Fault;
}

/** What stands in the places of all keys: `key name`. */
const held = new Map<string, Held>();
const failed = { kind: 'failed', class: 'transient', message: 'Away.' } as const;
const refused = { kind: 'failed', class: 'destination_auth', message: 'No right.' } as const;

/** Opens places that are held in memory, each of which may fail. */
export const opener: DestinationOpener = {
  open: async ({ settings }) => {
    const { path }: { readonly path: string } = JSON.parse(settings);
    return destinationIn(held.get(path), path);
  },
};

function destinationIn(at: Held | undefined, place: string): Destination {
  if (at === undefined) throw new Error(`There is no place ${place}.`);
  const read = async () =>
    at.fault === 'away'
      ? failed
      : at.fault === 'unreadable'
        ? ({ kind: 'unreadable' } as const)
        : ({ kind: 'found', fingerprint: digestOf(at.value) } as const);
  return {
    place,
    preflight: async () => ({ kind: 'ready' }),
    read,
    async write(value, expected) {
      if (at.fault === 'hands_on') at.handedOn.push(value.reveal());
      if (at.fault === 'refused' || at.fault === 'hands_on') return refused;
      if (at.fault === 'fails') return failed;
      const now = digestOf(at.value);
      if (expected.kind === 'found' && !isSameDigest(now, expected.fingerprint)) {
        return { kind: 'drift', found: now };
      }
      at.value = value.reveal();
      return at.fault === 'times_out' ? failed : { kind: 'written' };
    },
    readBack: read,
    reload: async () => ({ kind: 'nothing_to_do' }),
  };
}

/** Where the secrets of one key are delivered to. */
export class Places {
  readonly #fleet: Fleet;
  readonly #keyId: string;
  readonly #records: (DestinationRecord | undefined)[] = [];

  constructor(fleet: Fleet, keyId: string) {
    this.#fleet = fleet;
    this.#keyId = keyId;
  }

  get isNone(): boolean {
    return this.#records.length === 0;
  }

  async add(count: number, value: string): Promise<void> {
    for (let position = 0; position < count; position += 1) {
      held.set(this.#nameAt(position), { value, handedOn: [], fault: 'none' });
      this.#records.push(await this.#named(position));
    }
    await this.#fleet.settle();
  }

  #nameAt(position: number): string {
    return `${this.#keyId} place ${position}`;
  }

  #named(position: number): Promise<DestinationRecord> {
    const file = { name: `place ${position}`, path: this.#nameAt(position), position };
    return putDestination(this.#fleet, this.#keyId, file);
  }

  /** @param current what the key's current secret is, where somebody knows. */
  async do({ kind, which, fault }: PlaceAct, current: string | undefined): Promise<void> {
    const position = which % Math.max(1, this.#records.length);
    const at = held.get(this.#nameAt(position));
    if (at === undefined) return;
    switch (kind) {
      case 'fault':
        at.fault = fault;
        return;
      case 'drift':
        at.value = 'of somebody else';
        return;
      case 'put':
        at.value = current ?? at.value;
        return;
      case 'drop':
        return this.#drop(position);
    }
  }

  /** Its record is deleted, or it is named again. */
  async #drop(position: number): Promise<void> {
    const destination = this.#records[position];
    if (destination === undefined) {
      this.#records[position] = await this.#named(position);
      return this.#fleet.settle();
    }
    this.#records[position] = undefined;
    const write = { kind: 'delete_destination', destination, expectedVersion: 1 } as const;
    await this.#fleet.at(0).store.commit(aChange(destination.keyspaceId, [write]));
    await this.#fleet.settle();
  }

  /** What programs that read them have, by the number of the secret. */
  values({ secrets }: Pick<Key, 'secrets'>): ReadonlyMap<number, string> {
    const all = this.#records.flatMap((_, position) => {
      const at = held.get(this.#nameAt(position));
      return at === undefined ? [] : [...at.handedOn, at.value];
    });
    const numbered = all.flatMap((value) =>
      secrets
        .filter(({ hint }) => value.startsWith(hint))
        .map(({ number }) => [number, value] as const),
    );
    return new Map(numbered);
  }

  /** The evidence ends no secret that a place holds, and no rollback one that was delivered. */
  expectFair({ end, state, compromised, destinations, ...rotation }: Rotation, key: Key): void {
    for (const { name, state: reached } of destinations) {
      // A person has said to see to it.
      if (reached === 'skipped' || reached === 'unknown') continue;
      const value = held.get(`${this.#keyId} ${name}`)?.value ?? '';
      const secret = key.secrets.find(({ hint }) => value.startsWith(hint));
      if (end === 'evidence') {
        expect(secret?.number, 'what a place holds that the evidence ended').not.toBe(
          rotation.oldSecret,
        );
      }
      const isTakenBack = (state === 'rolled_back' || state === 'aborted') && !compromised;
      if (isTakenBack && secret?.number === rotation.newSecret)
        expect(secret?.state, 'what a place holds that was taken back').not.toBe('revoked');
    }
  }
}
