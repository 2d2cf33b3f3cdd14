import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SignInFrom } from '../../src/people-views.js';
import type { Keyturn } from '../../src/public.js';
import { invited, PASSWORD, personIn } from '../http/people.js';
import { openWorld } from '../http/world.js';
import { type DataKind, dataKinds, durableKinds } from '../setup/data.js';
import { dumpOf } from '../setup/dump.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { expectNothingOf } from './canaries.js';
import { serve } from './served.js';

const HOUR_MS = 3_600_000;
const AGENT = { agent: 'a test' };

let fleet: Fleet;
let email: string;

async function start({ create }: Pick<DataKind, 'create'>): Promise<void> {
  fleet = await startFleet({ create });
  const made = await invited(fleet.at(0).keyturn);
  email = made.email;
  const input = { token: made.token, name: 'Ada', password: PASSWORD };
  await fleet.at(0).keyturn.signIn.acceptInvitation(input, from('192.0.2.1'));
}

function from(address: string): SignInFrom {
  return { address, ...AGENT };
}

/** What comes of a password: `in`, or the code of why not. */
async function tried(
  { signIn }: Pick<Keyturn, 'signIn'>,
  given: { readonly password: string; readonly address: string; readonly email?: string },
): Promise<string> {
  const { password, address } = given;
  try {
    await signIn.withPassword({ email: given.email ?? email, password }, from(address));
    return 'in';
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault) return String(fault.code);
    throw fault;
  }
}

afterEach(() => fleet.close());

describe.each(dataKinds)('the password of an admin on $name', ({ create }) => {
  beforeEach(() => start({ create }));

  test('security 20: is guessed ever more slowly, and its owner gets in all the while', async () => {
    const { keyturn } = fleet.at(0);
    let guessCount = 0;
    const endMs = fleet.clock.nowMs() + 2 * HOUR_MS;
    for (let round = 0; fleet.clock.nowMs() < endMs; round += 1) {
      const got = await tried(keyturn, { password: `guess ${round}`, address: '203.0.113.9' });
      if (got === 'sign_in_refused') guessCount += 1;
      else {
        expect(got).toBe('too_many_tries');
        fleet.clock.advanceMs(60_000);
      }
      if (round % 25 !== 0) continue;
      expect(await tried(keyturn, { password: PASSWORD, address: '192.0.2.1' })).toBe('in');
    }
    expect(guessCount).toBeGreaterThan(8);
    expect(guessCount).toBeLessThan(30);
  });

  test('security 20: guessed from everywhere, it still lets its owner in from anywhere', async () => {
    const { keyturn } = fleet.at(0);
    for (let host = 1; host <= 40; host += 1) {
      const address = `198.51.100.${host}`;
      expect(await tried(keyturn, { password: 'a guess', address })).toBe('sign_in_refused');
    }
    // Who was wrong a moment ago waits, be it right now.
    expect(await tried(keyturn, { password: PASSWORD, address: '198.51.100.40' })).toBe(
      'too_many_tries',
    );
    expect(await tried(keyturn, { password: PASSWORD, address: '203.0.113.77' })).toBe('in');
    fleet.clock.advanceMs(60_000);
    expect(await tried(keyturn, { password: PASSWORD, address: '198.51.100.40' })).toBe('in');
  });

  test('security 20: what was wrong at one instance is known at the other, and counts as one', async () => {
    const answers: string[] = [];
    for (let guess = 0; guess < 30; guess += 1) {
      const { keyturn } = fleet.at(guess % 2);
      answers.push(await tried(keyturn, { password: 'a guess', address: '203.0.113.9' }));
      fleet.clock.advanceMs(1_000);
    }
    const wrong = answers.filter((one) => one === 'sign_in_refused');
    expect(wrong.length).toBeLessThan(12);
    const { items } = await fleet.at(0).keyturn.events.list({ type: 'session.refused' });
    expect(items.map(({ changes }) => changes)).toEqual([[{ field: 'tries', from: null, to: 5 }]]);
  });

  test('security 20: of many tries at once no more are made than one after the other', async () => {
    const { keyturn } = fleet.at(0);
    const given = { password: 'a guess', address: '203.0.113.9' };
    const answers = await Promise.all(Array.from({ length: 30 }, () => tried(keyturn, given)));
    const wrong = answers.filter((one) => one === 'sign_in_refused');
    expect(wrong.length).toBeLessThan(12);
    expect(new Set(answers)).toEqual(new Set(['sign_in_refused', 'too_many_tries']));
  });

  test('security 20: an address of nobody is guessed, and answered, as that of somebody', async () => {
    const served = await serve(fleet.at(0).keyturn);
    const answers: string[][] = [];
    for (const one of [email, 'nobody@example.com']) {
      const seen: string[] = [];
      for (let guess = 0; guess < 8; guess += 1) {
        const body = { email: one, password: 'a wrong password' };
        const got = await served.ask('POST', '/v1/sign-in', { key: undefined, body });
        const headers = [...got.headers].filter(([name]) => !['request-id', 'date'].includes(name));
        seen.push(JSON.stringify([got.status, got.text, headers]));
      }
      answers.push(seen);
      fleet.clock.advanceMs(25 * HOUR_MS);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.join()).toMatch(/too_many_tries/);
  });
});

describe.each(durableKinds)('a dump on $name', ({ create }) => {
  beforeEach(() => start({ create }));

  test('security 3: nothing of it signs in', async () => {
    const { keyturn } = fleet.at(0);
    const served = await serve(keyturn);
    const person = await personIn({ keyturn, url: served.url, ask: served.ask });
    const open = await invited(keyturn);
    const { whole, texts } = await dumpOf(fleet.data);
    expectNothingOf([person.token, open.token, PASSWORD], whole);
    const found = texts.filter((text) => /^[\w$-]{32,200}$/.test(text));
    expect(found.length).toBeGreaterThan(10);
    for (const text of found) {
      expect(await keyturn.signIn.session(text)).toBeNull();
      const accepted = keyturn.signIn.acceptInvitation(
        { token: text, name: 'Thief', password: PASSWORD },
        from('203.0.113.9'),
      );
      await expect(accepted).rejects.toMatchObject({ code: 'invitation_refused' });
    }
    const hashes = found.filter((text) => text.startsWith('scrypt$'));
    expect(hashes.length).toBeGreaterThan(1);
    for (const password of hashes) {
      const address = '203.0.113.9';
      expect(await tried(keyturn, { password, address, email: person.email })).toBe(
        'sign_in_refused',
      );
    }
  });
});

describe('an invitation', () => {
  test('security 40: is used once, by whoever is first, and answers alike when used, late or unknown', async () => {
    const world = await openWorld();
    const use = (token: string) =>
      world.ask('POST', '/v1/invitation', {
        key: undefined,
        body: { token, name: 'Ada', password: PASSWORD },
      });
    const { token } = await invited(world.keyturn);
    const answers = await Promise.all([use(token), use(token), use(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    const late = await invited(world.keyturn);
    const replaced = await invited(world.keyturn);
    await world.keyturn.people.invite(replaced.id);
    const refused = [await use(token), await use('never-was'), await use(replaced.token)];
    world.keyturn.clock.advanceMs(7 * 24 * HOUR_MS);
    refused.push(await use(late.token));
    expect(new Set(refused.map(({ text }) => text)).size).toBe(1);
    expect(refused[0]?.json.code).toBe('invitation_refused');
    await world.close();
  });

  test('security 46: a new one ends what the person had open, once it is used', async () => {
    const world = await openWorld();
    const person = await personIn(world);
    const { invitation } = await world.keyturn.people.invite(person.id);
    expect((await person.ask('GET', '/v1/keys')).status).toBe(200);
    const input = { token: invitation.url.split('#')[1] ?? '', name: 'Ada', password: PASSWORD };
    await world.keyturn.signIn.acceptInvitation(input, from('192.0.2.1'));
    expect((await person.ask('GET', '/v1/keys')).json.code).toBe('session_ended');
    await world.close();
  });
});
