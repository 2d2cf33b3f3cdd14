import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PersonInput } from '../../src/people-views.js';
import { openWorld, type World } from '../http/world.js';
import {
  type AtProvider,
  BrowserAtProvider,
  CLIENT,
  type OpenIdProvider,
  startOpenIdProvider,
} from '../setup/openid-provider.js';

const OWN = 'https://keys.example';
const BACK = `${OWN}/v1/sign-in/company/callback`;
const SIGN_IN = '/admin/sign-in?fault=refused';

let folder: string;
let company: OpenIdProvider;
let stranger: OpenIdProvider;
let world: World;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-providers-'));
  writeFileSync(join(folder, 'secret'), CLIENT.secret);
  company = await startOpenIdProvider(BACK);
  stranger = await startOpenIdProvider(`${OWN}/v1/sign-in/other/callback`);
  const client = { clientId: CLIENT.id, clientSecret: { file: join(folder, 'secret') } };
  const providers = [
    { id: 'company', name: 'Company account', issuer: company.issuer, ...client },
    { id: 'other', issuer: stranger.issuer, ...client },
    { id: 'away', issuer: 'http://127.0.0.1:1', ...client },
  ];
  world = await openWorld({ publicUrl: OWN, signIn: { providers } });
});
afterAll(async () => {
  await world.close();
  await company.close();
  await stranger.close();
  rmSync(folder, { recursive: true });
});

let count = 0;
/** Invites somebody, whom nobody else is like. */
async function invite(input: Partial<PersonInput> = {}) {
  count += 1;
  const email = `person-${count}@example.com`;
  const { person } = await world.keyturn.people.create({
    ...{ name: 'Ann', email, role: 'operator' as const },
    ...input,
  });
  return person;
}

/** Goes to the provider, signs in there, and comes back; `cookie` is what the browser has of us. */
async function signIn(
  person: AtProvider,
  { at = company, id = 'company', query = '', cookie = '' } = {},
) {
  at.seat(person);
  const first = await world.ask('GET', `/v1/sign-in/${id}${query}`, bare({ cookie }));
  expect(first.status).toBe(302);
  const attempt = cookiesIn(first.headers);
  const address = new URL(first.headers.get('location') ?? '');
  const came = await new BrowserAtProvider().follow(address, `${OWN}/v1/sign-in/${id}/callback`);
  const path = `/v1/sign-in/${id}/callback${came}`;
  const last = await world.ask('GET', path, bare({ cookie: attempt }));
  return { first, last, path, attempt, location: last.headers.get('location') };
}

function bare(headers: Readonly<Record<string, string>>) {
  return {
    key: undefined,
    headers: Object.fromEntries(Object.entries(headers).filter(([, v]) => v)),
  };
}

function cookiesIn(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((set) => set.slice(0, set.indexOf(';')))
    .join('; ');
}

async function sessionOf(cookie: string) {
  return (await world.ask('GET', '/v1/session', bare({ cookie }))).json;
}

const verified = (email: string, subject = email): AtProvider => ({
  subject,
  email,
  isVerified: true,
});

describe('sign-in by a provider', () => {
  test('is offered by name, and takes who was invited back to where one was', async () => {
    const ways = await world.ask('GET', '/v1/sign-in', bare({}));
    expect(ways.json.providers).toContainEqual({ id: 'company', name: 'Company account' });
    const { email, id } = await invite();
    const query = `?returnTo=${encodeURIComponent('/admin/keys?state=active')}`;
    const { last, location } = await signIn(verified(email), { query });
    expect(location).toBe('/admin/keys?state=active');
    expect(last.headers.getSetCookie()[0]).toMatch(/^__Host-keyturn_session=.*SameSite=Strict/);
    const session = await sessionOf(cookiesIn(last.headers));
    expect(session).toMatchObject({
      person: { id, role: 'operator' },
      method: 'provider',
      confirmBy: 'provider',
      provider: 'company',
    });
  });

  test('security 48: a verified mail address counts once, where it was invited', async () => {
    const { email, id } = await invite({ role: 'admin' });
    const { last } = await signIn(verified(email, 'the-first'));
    expect(await sessionOf(cookiesIn(last.headers))).toMatchObject({ person: { id } });
    // The address now belongs to somebody else there: it opens nothing.
    const reassigned = await signIn(verified(email, 'the-second'));
    expect(reassigned.location).toBe(SIGN_IN);
    expect(reassigned.last.headers.getSetCookie()).toEqual([]);
    // Whoever joined is known by subject, whatever their address is by now.
    const moved = await signIn(verified('new-address@example.com', 'the-first'));
    expect(await sessionOf(cookiesIn(moved.last.headers))).toMatchObject({ person: { id } });
  });

  test('security 48: the same subject of another issuer is somebody else', async () => {
    const { email } = await invite();
    await signIn(verified(email, 'same-subject'));
    const other = await signIn({ subject: 'same-subject' }, { at: stranger, id: 'other' });
    expect(other.location).toBe(SIGN_IN);
  });

  test('security 48: an address that is not verified invites nobody', async () => {
    const { email } = await invite({ role: 'admin' });
    const { location, last } = await signIn({ subject: 'eve', email, isVerified: false });
    expect(location).toBe(SIGN_IN);
    expect(last.headers.getSetCookie()).toEqual([]);
  });

  test('security 48: an answer counts for the browser that asked, and once', async () => {
    const { email } = await invite();
    const { path, attempt } = await signIn(verified(email));
    const again = await world.ask('GET', path, bare({ cookie: attempt }));
    expect(again.headers.get('location')).toBe(SIGN_IN);
    const fresh = await signIn(verified(email));
    expect(fresh.location).toBe('/admin');
    for (const cookie of ['', '__Host-keyturn_sign_in=x', `${fresh.attempt}; ${fresh.attempt}`]) {
      const foreign = await world.ask('GET', fresh.path, bare({ cookie }));
      expect(foreign.headers.get('location')).toBe(SIGN_IN);
      expect(foreign.headers.getSetCookie()).toEqual([]);
    }
  });

  test.each([
    'https://evil.example/admin',
    '//evil.example/admin',
    '/\\evil.example/admin',
    '/admin/../../evil',
    '/administrator',
    '/v1/keys',
    'javascript:alert(1)',
  ])('security 48: leads to our own pages alone, not to %s', async (returnTo) => {
    const { email } = await invite();
    const query = `?returnTo=${encodeURIComponent(returnTo)}`;
    expect((await signIn(verified(email), { query })).location).toBe('/admin');
  });

  test('proves once more who it is, and is then instead of the session before', async () => {
    const { email, id } = await invite({ role: 'admin' });
    const first = await signIn(verified(email));
    const before = cookiesIn(first.last.headers);
    expect(await sessionOf(before)).toMatchObject({ confirmedUntil: null });
    const again = await signIn(verified(email), { query: '?confirm=true', cookie: before });
    const after = cookiesIn(again.last.headers);
    const { confirmedUntil } = await sessionOf(after);
    expect(Date.parse(confirmedUntil)).toBeGreaterThan(world.keyturn.clock.nowMs());
    expect(await sessionOf(before)).toMatchObject({ code: 'session_ended' });
    expect((await world.keyturn.people.sessions(id)).items).toHaveLength(1);
  });

  test('of another person ends no session of whoever sat there before', async () => {
    const [one, other] = [await invite(), await invite()];
    const before = cookiesIn((await signIn(verified(one.email))).last.headers);
    await signIn(verified(other.email), { query: '?confirm=true', cookie: before });
    expect(await sessionOf(before)).toMatchObject({ person: { id: one.id } });
  });

  test('says so where the provider is away or unknown, and refuses nobody', async () => {
    const away = await world.ask('GET', '/v1/sign-in/away', bare({}));
    expect(away.headers.get('location')).toBe('/admin/sign-in?fault=unavailable');
    const begun = world.keyturn.signIn.beginWithProvider('away');
    await expect(begun).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect((await world.ask('GET', '/v1/sign-in/nobody', bare({}))).status).toBe(404);
  });

  test('security 48: an invitation that is late, or was for nobody, lets nobody in', async () => {
    const { email } = await invite();
    world.keyturn.clock.advanceMs(7 * 86_400_000);
    expect((await signIn(verified(email))).location).toBe(SIGN_IN);
    expect((await signIn(verified('nobody@example.com'))).location).toBe(SIGN_IN);
  });
});

test('a Keyturn with providers needs its public address: it is never built from Host', async () => {
  const provider = {
    id: 'a',
    issuer: 'https://a.example',
    clientId: 'a',
    clientSecret: { env: 'A' },
  };
  await expect(openWorld({ signIn: { providers: [provider] } })).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('"publicUrl" is missing.'),
  });
});

test('where passwords are not allowed, the right one lets nobody in', async () => {
  const provider = {
    id: 'a',
    issuer: 'https://a.example',
    clientId: 'a',
    clientSecret: { env: 'A' },
  };
  const options = { publicUrl: OWN, signIn: { password: false, providers: [provider] } };
  const closed = await openWorld({ ...options, isNew: true });
  try {
    expect((await closed.ask('GET', '/v1/sign-in', bare({}))).json.password).toBe(false);
    const body = { email: 'ann@example.com', password: 'a sentence that is long' };
    const answer = await closed.ask('POST', '/v1/sign-in', { key: undefined, body });
    expect(answer.json).toMatchObject({ code: 'forbidden' });
  } finally {
    await closed.close();
  }
});
