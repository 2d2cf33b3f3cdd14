import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { scaled } from '../setup/scale.js';
import { PUBLIC_URL, startTelling, type Telling } from '../setup/telling.js';

const DAY_MS = 86_400_000;
const DAYS = 447; // Until the first are past their policy.
const USED_EVERY = 7; // Days.
const OPENED_WITHIN = 20; // Days after the mail.
const LOOKS = 15; // A second each: a review of all keys takes five, and rests for five at most.
const MOST_ROUNDS = 60;
const NEVER = 5; // Every fifth owner never reacts.
/** 100 keys of 30 owners; in a long run, 3 000 of 900. */
const OWNERS = scaled(1) > 1 ? 900 : 30;
const PATIENCE_MS = scaled(1) > 1 ? 3_600_000 : 180_000;
const LINK = new RegExp(`${PUBLIC_URL}/claim#([A-Za-z0-9_-]{43})`, 'g');

/** Everything as the guide for customers' keys has it. */
const POLICY = `
policy: default
preset: customers
expiry: { max_age: 445d }
notify: { due: [30d, 14d, 7d], channels: [owner-mail, support] }
`;

interface Held {
  readonly owner: number;
  readonly id: string;
  /** What the customer's program works with. */
  plaintext: string;
  readonly first: string;
}

let mail: MailServer;
let telling: Telling;
beforeEach(async () => {
  mail = await startMailServer({ offersTls: false });
  telling = await startTelling({ mail });
});
afterEach(async () => {
  await telling.fleet.close();
  await mail.close();
});

const keyturn = () => telling.fleet.at(0).keyturn;
const addressOf = (owner: number) => `dev@customer-${owner}.example`;
const reacts = (owner: number) => owner % NEVER !== 0;

async function theCohort(): Promise<readonly Held[]> {
  await keyturn().channels.create({
    name: 'support',
    kind: 'mail',
    addresses: ['support@acme.example'],
  });
  await keyturn().policies.apply({ file: POLICY });
  const held: Held[] = [];
  for (let owner = 1; owner <= OWNERS; owner += 1) {
    await keyturn().owners.create({ id: `customer-${owner}`, emails: [addressOf(owner)] });
    // From one key to six: 3 000 of 900.
    const count = [1, 2, 3, 4, 4, 6][owner % 6] ?? 1;
    for (let index = 0; index < count; index += 1) {
      const made = await keyturn().keys.create({
        name: `Key ${index}`,
        owner: `customer-${owner}`,
      });
      const { plaintext } = made;
      held.push({ owner, id: made.key.id, plaintext, first: plaintext });
    }
  }
  return held;
}

/** From the network of their customer. */
async function use({ owner, plaintext }: Held): Promise<void> {
  const address = `10.${owner >> 8}.${owner & 255}.7`;
  const verdict = await telling.fleet.at(0).verify({ plaintext }, { address, userAgent: 'app/1' });
  expect(verdict, `customer ${owner}`).toMatchObject({ valid: true });
}

/** What has been sent to owners: by the id of the mail, which notice it was. */
class Told {
  readonly #kinds = new Map<string, string>();
  #read = 0;

  /** Rows are kept for a month: they are looked at each day. */
  async note(): Promise<void> {
    for (const { sentAs, ownerId, kind, notice } of await telling.outbox()) {
      if (sentAs === null || ownerId === null) continue;
      const { stage }: { readonly stage: string } = JSON.parse(notice);
      this.#kinds.set(sentAs, `${ownerId}: ${kind}, ${stage}`);
    }
  }

  /** Links in mails that have come since. */
  links(): readonly { readonly owner: number; readonly tokens: readonly string[] }[] {
    const fresh = mail.mails.slice(this.#read);
    this.#read = mail.mails.length;
    return fresh.flatMap(({ recipients, parsed }) => {
      const tokens = [...(parsed.text ?? '').matchAll(LINK)].map(([, token = '']) => token);
      const owner = Number(/customer-(\d+)/.exec(recipients.join())?.[1] ?? 0);
      return tokens.length === 0 ? [] : [{ owner, tokens }];
    });
  }

  /** Each notice to an owner that has come, as often as it has. */
  arrived(): readonly string[] {
    const toOwners = mail.mails.filter(({ recipients }) => recipients.join().includes('customer-'));
    return toOwners.map(({ parsed }) => {
      const id = parsed.messageId?.replace(/^<|@.*$/g, '') ?? '';
      return this.#kinds.get(id) ?? `nobody knows of ${id}`;
    });
  }
}

/** What is due now is worked on and told, and so is what waits for more of its kind. */
async function allTold(): Promise<void> {
  const { clock } = telling.fleet;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await telling.passSeconds(LOOKS);
    const waiting = (await telling.outbox()).filter(({ state }) => state === 'waiting');
    if (waiting.length === 0) return;
    const nextAt = Math.min(...waiting.map((row) => row.nextAt ?? Infinity));
    clock.advanceMs(Math.max(0, nextAt - clock.nowMs()));
  }
  throw new Error('There is always somebody who has yet to be told.');
}

/** Customers who open their links some days after the mail, and work with what they got from then on. */
class Customers {
  readonly #byId: ReadonlyMap<string, Held>;
  readonly #toOpen = new Map<number, string[]>();

  readonly #held: readonly Held[];

  constructor(held: readonly Held[]) {
    this.#held = held;
    this.#byId = new Map(held.map((one) => [one.id, one]));
  }

  async work(day: number): Promise<void> {
    for (const one of this.#held) if ((one.owner + day) % USED_EVERY === 0) await use(one);
  }

  read(day: number, mails: ReturnType<Told['links']>): void {
    for (const { owner, tokens } of mails.filter((link) => reacts(link.owner))) {
      const openOn = day + 1 + (owner % OPENED_WITHIN);
      this.#toOpen.set(openOn, [...(this.#toOpen.get(openOn) ?? []), ...tokens]);
    }
  }

  async open(day: number): Promise<void> {
    for (const token of this.#toOpen.get(day) ?? []) {
      const { key, plaintext } = await keyturn().claims.open(token);
      const one = this.#byId.get(key.id);
      if (one === undefined) throw new Error('Whose is it?');
      one.plaintext = plaintext;
      await use(one);
    }
  }
}

/** In days: of most weeks nobody is told anything, and nothing begins. */
function stepOf(day: number): number {
  return day < 217 || day >= 329 ? 7 : 1;
}

async function theYear(held: readonly Held[], told: Told): Promise<void> {
  const customers = new Customers(held);
  for (let day = 0; day < DAYS; day += stepOf(day)) {
    for (let passed = 0; passed < stepOf(day); passed += 1) await customers.work(day + passed);
    customers.read(day, told.links());
    await customers.open(day);
    telling.fleet.clock.advanceMs(stepOf(day) * DAY_MS);
    await allTold();
    await telling.time.pass(0); // What was used is evidence now.
    await told.note();
  }
}

test('a cohort over a year: who reacts has moved, who never does works on and is named, and nobody is told twice', {
  timeout: PATIENCE_MS,
}, async () => {
  const held = await theCohort();
  const told = new Told();
  await theYear(held, told);

  const arrived = told.arrived();
  expect(arrived.filter((one, index) => arrived.indexOf(one) !== index)).toEqual([]);
  const owners = new Set(held.map(({ owner }) => owner));
  expect(arrived.filter((one) => one.includes('claim_link'))).toHaveLength(owners.size);

  const stuck: string[] = [];
  for await (const rotation of keyturn().rotations.list({ open: true, limit: 200 })) {
    expect(rotation).toMatchObject({ state: 'needs_operator', step: 'announce' });
    stuck.push(rotation.key);
  }
  const never = held.filter(({ owner }) => !reacts(owner));
  expect(stuck.toSorted()).toEqual(never.map(({ id }) => id).toSorted());
  // So long after its secret was made it is too old, for whatever reason.
  const past: string[] = [];
  for await (const key of keyturn().keys.list({ limit: 200 })) {
    if (key.pastPolicySince !== null) past.push(key.id);
  }
  expect(past.toSorted()).toEqual(stuck.toSorted());
  for (const one of held) {
    await use(one);
    const { valid } = await telling.fleet.at(0).verify({ plaintext: one.first });
    expect(valid, `customer ${one.owner}`).toBe(!reacts(one.owner));
  }
});
