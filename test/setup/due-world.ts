import type { CreatedKey, Keyturn } from '../../src/public.js';
import { tokenIn } from './claiming.js';
import type { Data, DataKind } from './data.js';
import { Deliveries } from './deliveries.js';
import { SEAL_KEY } from './delivering.js';
import { type Fleet, startFleet } from './fleet.js';
import { HeldClock } from './held-clock.js';
import type { MailServer } from './mail-server.js';
import { type AroundWrite, aroundWrites } from './store-writes.js';

const DAY_MS = 86_400_000;
const LINK = /https:\/\/\S+#[\w-]+/;
const TIMED = { every: '45d', mode: 'after', spread: '0s' } as const;
const OPS = { channels: ['ops'] } as const;
const SWEPT = { unused: '35d', grace: '5d' } as const;

/** Whose secrets are due, and what else is due of them; on a day when that is so. */
export class DueWorld {
  readonly data: Data;
  readonly clock: HeldClock;
  readonly deliveries: Deliveries;
  readonly #keys = new Map<string, CreatedKey>();
  readonly #mail: MailServer;
  readonly #mailsBefore: number;

  private constructor(of: Pick<DueWorld, 'data' | 'deliveries'> & { readonly mail: MailServer }) {
    this.data = of.data;
    this.deliveries = of.deliveries;
    this.clock = new HeldClock();
    this.#mail = of.mail;
    this.#mailsBefore = of.mail.mails.length;
  }

  static async open({ create }: DataKind, mail: MailServer): Promise<DueWorld> {
    const world = new DueWorld({ data: await create(), deliveries: await Deliveries.open(), mail });
    await world.#prepare();
    return world;
  }

  async #prepare(): Promise<void> {
    await this.run(async (fleet) => {
      const { keyturn } = fleet.at(0);
      await keyturn.channels.create({ name: 'ops', kind: 'mail', addresses: ['ops@acme.example'] });
      await keyturn.owners.create({ id: 'acme', emails: ['dev@acme.example'] });
      const { policies } = keyturn;
      const [delivered, claimed] = [{ deliver: 'destinations' }, { deliver: 'claim' }] as const;
      await policies.create({
        name: 'delivered',
        notify: OPS,
        schedule: { ...TIMED, ...delivered },
      });
      const owner = { channels: ['owner-mail'] };
      await policies.create({
        name: 'claimed',
        notify: owner,
        schedule: { ...TIMED, ...claimed },
      });
      const notice = { ...TIMED, deliver: 'notice' } as const;
      await policies.create({ name: 'noticed', notify: OPS, schedule: notice });
      await policies.create({ name: 'aged', notify: OPS, expiry: { maxAge: '45d' } });
      await policies.create({ name: 'swept', notify: OPS, expiry: SWEPT });
      for (const name of ['delivered', 'claimed', 'noticed', 'aged'])
        await this.#make(keyturn, name);
      await this.#make(keyturn, 'ending', 'swept');
      const { key, plaintext } = this.#key('delivered');
      for (const [at, name] of ['env', 'env2'].entries()) {
        await this.deliveries.add(fleet, key, { name, value: plaintext, position: at + 1 });
      }
    });
    this.clock.advanceMs(10.5 * DAY_MS);
    await this.run((fleet) => this.#make(fleet.at(0).keyturn, 'idle', 'swept'));
    this.clock.advanceMs(25.5 * DAY_MS);
    // Those of the first day are warned of.
    await this.run((fleet) => fleet.at(0).keyturn.rotateDue());
    this.clock.advanceMs(10.1 * DAY_MS);
  }

  async #make(keyturn: Keyturn, name: string, policy = name): Promise<void> {
    this.#keys.set(name, await keyturn.keys.create({ name, policy, owner: 'acme' }));
  }

  #key(name: string): CreatedKey {
    const made = this.#keys.get(name);
    if (made === undefined) throw new Error(`There is no key "${name}".`);
    return made;
  }

  /** One more process, with an end; its writes run as `around` has it. */
  async run<T>(
    work: (fleet: Fleet) => Promise<T>,
    around: AroundWrite = (write) => write(),
  ): Promise<T> {
    const { open } = this.data;
    const data: Data = {
      ...this.data,
      open: async (ports) => aroundWrites(await open(ports), around),
      remove: async () => undefined,
    };
    const from = { host: '127.0.0.1', security: 'none', from: 'keys@acme.example' } as const;
    const smtp = { ...from, port: this.#mail.port };
    const fleet = await startFleet({
      create: async () => data,
      roles: ['tool'],
      clock: this.clock,
      options: { publicUrl: 'https://keys.acme.example', notices: { smtp } },
      internal: { destinations: this.deliveries.opener, sealKey: SEAL_KEY },
    });
    try {
      return await work(fleet);
    } finally {
      await fleet.close();
    }
  }

  /** Where all of it is: the same, however it came to be. */
  async outcome(keyturn: Keyturn) {
    const rotations: string[] = [];
    const events: string[] = [];
    for (const [name, { key }] of this.#keys) {
      const { items } = await keyturn.rotations.list({ key: key.id });
      rotations.push(...items.map(({ step, state }) => `${name} ${step} ${state}`));
      for (const type of ONCE) {
        const { length } = (await keyturn.events.list({ subject: key.id, type })).items;
        if (length > 0) events.push(`${name} ${type} ${length}`);
      }
    }
    const notices = (await keyturn.notices.list({ limit: 200 })).items;
    return {
      rotations,
      events,
      states: await Promise.all(
        [...this.#keys].map(async ([name, { key }]) => {
          const { state, secrets } = await keyturn.keys.get(key.id);
          const live = secrets.filter((one) => one.state !== 'revoked').map((one) => one.state);
          return [name, state, ...live.toSorted()].join(' ');
        }),
      ),
      told: notices.map((one) => `${one.kind} ${one.recipient} ${one.state}`).toSorted(),
      mails: this.#mails(),
      chains: (await keyturn.events.verify()).every(({ ok }) => ok),
    };
  }

  /** Of each that is one by its id, to whom and about what. */
  #mails(): readonly string[] {
    const mails = this.#mail.mails.slice(this.#mailsBefore);
    const known = new Map(
      mails.map(({ parsed, recipients }) => [
        parsed.messageId,
        `${recipients.join()} ${parsed.subject}`,
      ]),
    );
    return [...known.values()].toSorted();
  }

  /** The secrets that the places hold, and the one that its owner gets by the link. */
  async secrets(keyturn: Keyturn): Promise<readonly string[]> {
    const links = this.#mail.mails
      .slice(this.#mailsBefore)
      .flatMap(({ parsed }) => LINK.exec(parsed.text ?? '')?.[0] ?? []);
    const opened = await keyturn.claims.open(tokenIn(links.at(-1) ?? ''));
    return [
      await this.deliveries.valueIn('env'),
      await this.deliveries.valueIn('env2'),
      opened.plaintext,
    ];
  }

  async remove(): Promise<void> {
    await this.data.remove();
    await this.deliveries.remove();
  }
}

/** What is recorded once, of a key. */
const ONCE = ['key.due', 'key.due_soon', 'key.unused', 'key.past_policy', 'key.disabled'] as const;
