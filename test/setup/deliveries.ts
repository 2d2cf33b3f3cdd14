import { readFile, writeFile } from 'node:fs/promises';
import { parse } from 'dotenv';
import type { Destination } from '../../src/deliver/destination.js';
import { dotenvFile } from '../../src/deliver/dotenv-file.js';
import type { DestinationOpener } from '../../src/deliver/opener.js';
import { keyIdFrom, newDestinationId } from '../../src/keys/id.js';
import type { DestinationRecord } from '../../src/store/automation.js';
import type { Key } from '../../src/views.js';
import { aChange, idSource } from '../contract/build.js';
import { type Place, somePlace } from './deliver-outside.js';
import type { Fleet } from './fleet.js';

type Act = Exclude<keyof Destination, 'place'>;

/** Dotenv files of one folder, each of which can be made to fail. */
export class Deliveries {
  readonly #place: Place;
  /** What is answered instead, or done before; by the file's name and the act. */
  readonly faults = new Map<string, () => Promise<unknown> | unknown>();
  readonly calls: string[] = [];

  private constructor(place: Place) {
    this.#place = place;
  }

  static async open(): Promise<Deliveries> {
    return new Deliveries(await somePlace());
  }

  readonly opener: DestinationOpener = {
    open: async ({ settings, keyId }) => {
      const said: { readonly path: string; readonly variable: string } = JSON.parse(settings);
      const destination = dotenvFile.open(said, this.#place.outside, keyId);
      return this.#meddled(said.path.slice(this.#place.folder.length + 1), destination);
    },
  };

  #meddled(name: string, destination: Destination): Destination {
    return new Proxy(destination, {
      get: (target, act: Act | 'place') => {
        const value: unknown = Reflect.get(target, act);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          this.calls.push(`${name} ${act}`);
          const instead = await this.faults.get(`${name} ${act}`)?.();
          const answer: unknown = instead ?? (await Reflect.apply(value, target, given));
          return (await this.faults.get(`${name} after ${act}`)?.()) ?? answer;
        };
      },
    });
  }

  /** A file that holds this, and a record that names it as the key's. */
  async add(fleet: Fleet, key: Key, { name = 'env', value = '', position = 1 } = {}) {
    await this.put(name, value);
    const { automation } = fleet.at(0).store;
    const path = this.#place.path(name);
    const destination = await putDestination(fleet, key.id, { name, path, position });
    return { destination, stored: () => automation.getDestination(destination.id, 'all') };
  }

  put(name: string, value: string): Promise<void> {
    return writeFile(this.#place.path(name), `# ours\nAPI_KEY=${value}\nPORT=80\n`);
  }

  /** What a program that reads the file has. */
  async valueIn(name = 'env'): Promise<string> {
    return parse(await readFile(this.#place.path(name), 'utf8'))['API_KEY'] ?? '';
  }

  remove(): Promise<void> {
    return this.#place.remove();
  }
}

/** A record that names one file as the key's; the files' own kind, where none is said. */
export async function putDestination(
  fleet: Fleet,
  keyId: string,
  file: {
    readonly name: string;
    readonly path: string;
    readonly position: number;
    readonly kind?: string;
  },
): Promise<DestinationRecord> {
  const { store } = fleet.at(0);
  const id = keyIdFrom(keyId);
  const record = id && (await store.getKey(id, 'all'));
  if (record === undefined) throw new Error(`There is no key ${keyId}.`);
  const { name, path, position, kind = 'dotenv' } = file;
  const destination: DestinationRecord = {
    id: newDestinationId(idSource()),
    keyId: record.id,
    keyspaceId: record.keyspaceId,
    name,
    kind,
    settings: JSON.stringify({ path, variable: 'API_KEY' }),
    position,
    createdAt: 0,
    updatedAt: 0,
    version: 1,
  };
  const put = { kind: 'put_destination', destination, expectedVersion: 0 } as const;
  await store.commit(aChange(record.keyspaceId, [put]));
  return destination;
}
