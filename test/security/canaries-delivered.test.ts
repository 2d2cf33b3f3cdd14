import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CreatedKey } from '../../src/public.js';
import { durableKinds } from '../setup/data.js';
import { SEAL_KEY } from '../setup/delivering.js';
import { dumpOf } from '../setup/dump.js';
import {
  type EveryPlace,
  type EveryPlaces,
  everyPlace,
  HARMS,
  type Harm,
} from '../setup/every-place.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { whileTimePasses } from '../setup/rotating.js';
import { SIGNING_SECRET } from '../setup/vendors/receiver.js';
import { TOKEN } from '../setup/vendors/vendor.js';
import { expectNothingOf } from './canaries.js';

const STEP_MS = 500;
const DUMP_EVERY = 5; // Places.

let every: EveryPlaces;
let mail: MailServer;
let fleet: Fleet;
let made: CreatedKey;
/** All that was said to anybody but to the places themselves. */
let said: string[];

beforeEach(async () => {
  said = [];
  [every, mail] = [await everyPlace(), await startMailServer({ offersTls: false })];
  const sqlite = durableKinds.find(({ name }) => name === 'sqlite');
  if (sqlite === undefined) throw new Error('There is no SQLite.');
  const smtp = { host: '127.0.0.1', port: mail.port, security: 'none' } as const;
  fleet = await startFleet({
    create: sqlite.create,
    roles: ['server'],
    options: {
      destinations: every.options,
      publicUrl: 'https://keys.example',
      notices: { smtp: { ...smtp, from: 'keys@acme.example' } },
    },
    internal: { sealKey: SEAL_KEY },
  });
  const { channels, policies, destinations } = fleet.at(0).keyturn;
  await channels.create({ name: 'ops', kind: 'mail', addresses: ['ops@acme.example'] });
  const approval = { approvers: 1 };
  await policies.create({ name: 'default', approval, notify: { channels: ['ops'] } });
  made = await fleet.at(0).issue();
  for (const place of every.places) {
    await place.hold(made.plaintext);
    const { kind, settings } = place;
    await destinations.create({ name: kind, key: made.key.id, kind, settings });
  }
});
afterEach(async () => {
  await fleet.close();
  await Promise.all([every.close(), mail.close()]);
});

const keyturn = () => fleet.at(0).keyturn;
const rotation = async () => {
  const [found] = (await keyturn().rotations.list({ key: made.key.id })).items;
  if (found === undefined) throw new Error('There is no rotation.');
  return keyturn().rotations.get(found.id);
};
const until = (isSo: () => Promise<boolean>) => whileTimePasses(fleet, isSo, STEP_MS);

/** Everything that anybody could read by now. */
async function look(isWhole: boolean): Promise<void> {
  const { rotations, keys, events, notices, destinations, metrics } = keyturn();
  const one = await rotation();
  const listed = (await destinations.list({ key: made.key.id })).items;
  said.push(
    JSON.stringify([
      one,
      (await rotations.list({})).items,
      await keys.get(made.key.id),
      (await notices.list({ limit: 200 })).items,
      listed,
      metrics(),
      fleet.log,
    ]),
  );
  for await (const event of events.list({ limit: 200 })) said.push(JSON.stringify(event));
  said.push(...mail.mails.map(({ raw, parsed }) => `${raw}\n${parsed.text}\n${parsed.html}`));
  if (!isWhole) return;
  for (const { id } of listed) said.push(JSON.stringify(await destinations.test(id)));
  said.push((await dumpOf(fleet.data)).whole);
}

/** Looked at by all of them, and agreed to: what is harmed from now on fails on its way. */
async function begin(): Promise<void> {
  const begun = keyturn().keys.rotate(made.key.id);
  begun.catch(() => undefined);
  await until(async () => (await keyturn().rotations.list({ key: made.key.id })).items.length > 0);
  await until(async () => (await rotation()).step === 'approve');
  await begun;
}

async function approve(): Promise<void> {
  const other = keyturn().as({ actor: { kind: 'admin', id: 'bo' } });
  await other.rotations.approve((await rotation()).id);
}

/** The rotation stops at this place, by this class; then it is mended, and goes on. */
async function stopsAt(place: EveryPlace, failure: string): Promise<void> {
  const index = every.places.indexOf(place);
  await until(async () => {
    const { trouble, step } = await rotation();
    if (step === 'observe') throw new Error(`It has passed ${place.kind}.`);
    return trouble?.destination === place.kind;
  });
  expect((await rotation()).trouble).toMatchObject({ class: failure });
  await look(index % DUMP_EVERY === 0);
  for (const later of every.places.slice(index + 1)) {
    said.push(later.heard().sealed);
  }
  await place.mend(made.plaintext);
  const { id, state, trouble } = await rotation();
  if (state === 'needs_operator') await keyturn().rotations.retry(id);
  else fleet.clock.advanceMs(Date.parse(trouble?.retryAt ?? '') - fleet.clock.nowMs());
}

const cases: readonly (readonly [string, Harm | undefined])[] = [
  ['goes well', undefined],
  ...HARMS.map((harm) => [`is ${harm === 'drift' ? 'met by drift' : harm}`, harm] as const),
];

test.each(cases)(
  'security 17: a new secret stands at its destinations alone, of every kind, where it %s',
  async (_what, harm) => {
    await begin();
    const expected: [EveryPlace, string][] = [];
    for (const place of harm === undefined ? [] : every.places) {
      const failure = await place.harm(harm ?? 'down');
      if (failure !== undefined) expected.push([place, failure]);
    }
    await approve();
    for (const [place, failure] of expected) await stopsAt(place, failure);
    await until(async () => (await rotation()).step === 'observe');
    await until(async () => {
      const { items } = await keyturn().notices.list({ limit: 200 });
      return items.every(({ state }) => state === 'sent');
    });
    const [plaintext = '', ...others] = await Promise.all(every.places.map((one) => one.held()));
    expect(new Set(others)).toEqual(new Set([plaintext]));
    expect(plaintext).not.toBe(made.plaintext);
    expect(await keyturn().verify({ plaintext })).toMatchObject({ valid: true });
    await look(true);
    expect(mail.mails.length).toBeGreaterThan(0);
    expectNothingOf([plaintext, made.plaintext, TOKEN, SIGNING_SECRET], said.join('\n'));
    const open = every.places.map((place) => place.heard().open).join('\n');
    expectNothingOf([plaintext, made.plaintext], open);
  },
);
