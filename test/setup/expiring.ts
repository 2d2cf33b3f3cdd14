import type { PolicyInput } from '../../src/policy-views.js';
import type { Key } from '../../src/views.js';
import type { DataKind } from './data.js';
import { type Fleet, startFleet, turn, until } from './fleet.js';
import { type MailServer, startMailServer } from './mail-server.js';
import type { StoreMethod } from './meddling.js';
import { HeldRotations } from './rotations.js';

export const DAY_MS = 86_400_000;
const FLUSH_MS = 1_000;
const GATHER_MS = 11 * 60_000; // What a review finds waits for more of its kind for ten minutes.
const TICK_MS = 1_000; // Of who sends.
const MOST_LOOKS = 500;
const MOST_HOURS = 24;

/** Warned after 40 days without a use, disabled 10 days later. */
export const UNUSED = { unused: '40d', grace: '10d' } as const;
const TOLD = { channels: ['ops', 'owner-mail'] } as const;

/** These cannot be written. */
export const refusing =
  (...refused: readonly StoreMethod[]) =>
  async (method: StoreMethod): Promise<void> => {
    if (refused.includes(method)) throw new Error('It cannot be written.');
  };

/** Two instances whose keys grow old or are not used, as time passes at once. */
export class Aging {
  readonly fleet: Fleet;
  readonly #time: HeldRotations;

  constructor(fleet: Fleet) {
    this.fleet = fleet;
    this.#time = new HeldRotations(fleet);
  }

  get keyturn() {
    return this.fleet.at(0).keyturn;
  }

  /** A policy, and who is told of its keys. */
  async policy(name: string, policy: Omit<PolicyInput, 'name'>): Promise<void> {
    await this.keyturn.policies.create({ name, notify: TOLD, ...policy });
  }

  issue(policy: string, fields: Partial<Pick<Key, 'expiresAt' | 'notBefore' | 'owner'>> = {}) {
    return this.fleet.at(0).issue({ policy, ...fields });
  }

  /** It is used on the second instance. */
  async use(made: { readonly plaintext: string }): Promise<void> {
    await this.fleet.at(1).refresh();
    const verdict = await this.fleet.at(1).verify(made, { address: '203.0.113.7' });
    if (!verdict.valid) throw new Error(`It is refused: ${verdict.code}.`);
  }

  /** What the second instance has seen is written out. */
  async flush(): Promise<void> {
    const { store } = this.fleet.at(1);
    const before = store.callCount('recordUsage');
    this.fleet.clock.advanceMs(FLUSH_MS);
    this.fleet.at(1).runDue();
    await until('it is written out', () => store.callCount('recordUsage') > before);
  }

  /** Days in which nobody looks, and then a look; what was found then is told. */
  async days(days: number): Promise<void> {
    await this.#time.pass(days * DAY_MS);
    await this.#tell();
  }

  /** Who sends waits for another server, and asks the store nothing meanwhile. */
  async #tell(): Promise<void> {
    const { clock, instances } = this.fleet;
    if ((await this.#waitingTimes()).length === 0) return;
    clock.advanceMs(GATHER_MS);
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const nowMs = clock.nowMs();
      if (!(await this.#waitingTimes()).some((atMs) => atMs <= nowMs)) return;
      if (look % 10 === 0) clock.advanceMs(TICK_MS);
      for (const instance of instances) instance.runDue();
      await turn();
      await this.#time.quiet();
      if (look > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #waitingTimes(): Promise<readonly number[]> {
    const { items } = await this.keyturn.notices.list({ state: 'waiting', limit: 200 });
    return items.map(({ nextAt }) => Date.parse(nextAt ?? ''));
  }

  /** Hours, each looked at once, until it is so: an instance may have had yet to tell what it saw. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    for (let hour = 0; hour < MOST_HOURS; hour += 1) {
      if (await isSo()) return;
      await this.days(1 / 24);
    }
    throw new Error('It has not become so.');
  }

  get(id: string): Promise<Key> {
    return this.keyturn.keys.get(id);
  }

  /** The events of a key, of one type, the newest first. */
  async events(subject: string, type: Parameters<Aging['eventQuery']>[1]) {
    return (await this.keyturn.events.list(this.eventQuery(subject, type))).items;
  }

  eventQuery(
    subject: string,
    type: 'key.unused' | 'key.past_policy' | 'key.due_soon' | 'key.expiring' | 'key.disabled',
  ) {
    return { subject, type } as const;
  }

  /** Who was told what of a key: kind and recipient, by name. */
  async notices(key: string): Promise<readonly string[]> {
    const all = (await this.keyturn.notices.list({ limit: 200 })).items;
    return all
      .filter((one) => one.key === key)
      .map(({ kind, recipient }) => `${kind} ${recipient}`)
      .toSorted();
  }
}

/** @param mail where notices go; null: no mail server is configured. Default: one that takes all. */
export async function startAging({
  create,
  mail,
}: Pick<DataKind, 'create'> & {
  readonly mail?: Pick<MailServer, 'port' | 'close'> | null;
}): Promise<Aging> {
  const server = mail === undefined ? await startMailServer() : mail;
  const address = { host: '127.0.0.1', security: 'none', from: 'keys@acme.example' } as const;
  const notices = server === null ? {} : { smtp: { ...address, port: server.port } };
  const options = { publicUrl: 'https://keys.example', notices };
  const withServer = async () => {
    const data = await create();
    const remove = async () => {
      await data.remove();
      await server?.close();
    };
    return { ...data, remove };
  };
  const fleet = await startFleet({ create: withServer, roles: ['server', 'server'], options });
  // Who seems dead has little time to say that it is not: it is real time.
  const { keyspaces, channels } = fleet.at(0).keyturn;
  await keyspaces.update('default', { staleness: '1s' });
  await channels.create({ name: 'ops', kind: 'mail', addresses: ['ops@acme.example'] });
  return new Aging(fleet);
}
