import { Plaintext } from '../../src/keys/plaintext.js';
import type { KeyturnOptions } from '../../src/options.js';
import type { CreatedKey } from '../../src/public.js';
import type { RotateInput, Rotation } from '../../src/rotation-views.js';
import type { DataKind } from './data.js';
import { Deliveries } from './deliveries.js';
import { type Fleet, startFleet } from './fleet.js';
import { whileTimePasses } from './rotating.js';

/** A busy database needs real time, and leases are by the clock. */
export const SLOWLY_MS = 100;
export const SEAL_KEY = new Plaintext(Buffer.alloc(32, 7).toString('base64'));
/** What a place answers that lets nobody write. */
export const NO_RIGHT = {
  kind: 'failed',
  class: 'destination_auth',
  message: 'No right to write.',
};
const CLIENT = { address: '203.0.113.7', userAgent: 'worker/1.0' };

/** A key that is rotated, and the places that its secret is delivered to. */
export class Delivering {
  readonly fleet: Fleet;
  readonly deliveries: Deliveries;
  readonly made: CreatedKey;

  private constructor(of: Pick<Delivering, 'fleet' | 'deliveries' | 'made'>) {
    this.fleet = of.fleet;
    this.deliveries = of.deliveries;
    this.made = of.made;
  }

  static async start(
    create: DataKind['create'],
    sealKey?: Plaintext,
    options: Partial<KeyturnOptions> = {},
  ): Promise<Delivering> {
    const deliveries = await Deliveries.open();
    const internal = { destinations: deliveries.opener, ...(sealKey && { sealKey }) };
    const fleet = await startFleet({ create, internal, options });
    return new Delivering({ fleet, deliveries, made: await fleet.at(0).issue() });
  }

  /** The same, with one place that holds the key's secret, and what seals its next one. */
  static async startWithPlace(create: DataKind['create']): Promise<Delivering> {
    const at = await Delivering.start(create, SEAL_KEY);
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    return at;
  }

  async close(): Promise<void> {
    await this.fleet.close();
    await this.deliveries.remove();
  }

  keyturn() {
    return this.fleet.at(0).keyturn;
  }

  async latest(): Promise<Rotation | undefined> {
    return (await this.keyturn().rotations.list({ key: this.made.key.id })).items[0];
  }

  async rotation(): Promise<Rotation> {
    const found = await this.latest();
    if (found === undefined) throw new Error('There is no rotation.');
    return this.keyturn().rotations.get(found.id);
  }

  isAt(step: string, state?: string): Promise<void> {
    const isSo = async () => {
      const now = await this.latest();
      return now?.step === step && (state === undefined || now.state === state);
    };
    return whileTimePasses(this.fleet, isSo, SLOWLY_MS);
  }

  /** Nothing happens until then. */
  async toNextTry(): Promise<void> {
    const { trouble } = await this.rotation();
    this.fleet.clock.advanceMs(Date.parse(trouble?.retryAt ?? '') - this.fleet.clock.nowMs());
  }

  async begin(input: RotateInput = {}): Promise<void> {
    let error: unknown;
    this.keyturn()
      .keys.rotate(this.made.key.id, input)
      .catch((fault: unknown) => {
        error = fault;
      });
    await whileTimePasses(this.fleet, async () => {
      if (error !== undefined) throw error;
      return (await this.latest()) !== undefined;
    });
  }

  /** As its client finds it, which works with it. */
  async isValid(plaintext: string, instance = 1): Promise<boolean> {
    return (await this.fleet.at(instance).verify({ plaintext }, CLIENT)).valid;
  }
}
