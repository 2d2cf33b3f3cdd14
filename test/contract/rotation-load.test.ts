import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import type { Keyturn } from '../../src/public.js';
import { type Data, dataKinds } from '../setup/data.js';
import { scaled } from '../setup/scale.js';

const ROTATIONS = scaled(20);
const AT_ONCE = 10; // Keys that are being rotated at the same time.
const LONGEST_MS = 40; // After it has the new secret, a client goes on with the old one.

/** A program that asks without a pause, and is told its new secret by somebody. */
class Client {
  readonly refused: string[] = [];
  plaintext: string;
  checkCount = 0;
  #isOver = false;
  readonly #running: Promise<void>;

  constructor(instances: readonly Keyturn[], plaintext: string) {
    this.plaintext = plaintext;
    this.#running = this.#ask(instances);
  }

  async #ask(instances: readonly Keyturn[]): Promise<void> {
    for (let at = 0; !this.#isOver; at += 1) {
      const { plaintext } = this;
      const verdict = await instances[at % instances.length]?.verify({ plaintext });
      this.checkCount += 1;
      if (verdict?.valid !== true) this.refused.push(verdict?.code ?? 'nobody answered');
      await turn();
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }
}

describe.each(dataKinds)('rotations under a load of checks on $name', ({ create }) => {
  let data: Data;
  let instances: readonly Keyturn[];
  beforeEach(async () => {
    data = await create();
    const open = () =>
      makeKeyturn({ database: data.url }, { openStore: ({ ports }) => data.open(ports) });
    instances = [await open(), await open()];
    for (const one of instances) await one.open();
  });
  afterEach(async () => {
    await Promise.all(instances.map((one) => one.close()));
    await data.remove();
  });

  /** From the first secret to the end of it, with a client that moves when it likes. */
  async function rotated(index: number): Promise<Client> {
    const [first, second] = instances;
    const [here, there] = index % 2 === 0 ? [first, second] : [second, first];
    if (here === undefined || there === undefined) throw new Error('There are no two.');
    const { key, plaintext } = await here.keys.create({ name: `key ${index}` });
    const client = new Client(instances, plaintext);
    await turn();
    const answer = await there.keys.rotate(key.id);
    if (!('plaintext' in answer)) throw new Error('There is no plaintext.');
    await pause(LONGEST_MS * Math.random());
    client.plaintext = answer.plaintext;
    // The last check by the old one has been answered.
    const { checkCount } = client;
    await expect.poll(() => client.checkCount, { timeout: 10_000 }).toBeGreaterThan(checkCount);
    await here.rotations.finish(answer.rotation.id);
    await there.rotations.finish(answer.rotation.id);
    const after = client.checkCount;
    await expect.poll(() => client.checkCount, { timeout: 10_000 }).toBeGreaterThan(after + 2);
    await client.end();
    return client;
  }

  test('refuse no request of a client that moves at any moment of the overlap', async () => {
    const clients: Client[] = [];
    let next = 0;
    const lane = async () => {
      for (let index = next++; index < ROTATIONS; index = next++) {
        clients.push(await rotated(index));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    expect(clients).toHaveLength(ROTATIONS);
    expect(clients.flatMap(({ refused }) => refused)).toEqual([]);
  });
});
