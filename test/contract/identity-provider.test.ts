import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Plaintext } from '../../src/keys/plaintext.js';
import {
  IdentityProvider,
  type ProviderSettings,
  type SignInAttempt,
} from '../../src/people/identity-provider.js';
import { network } from '../../src/ports.js';
import {
  BrowserAtProvider,
  CLIENT,
  type OpenIdProvider,
  startOpenIdProvider,
} from '../setup/openid-provider.js';

const BACK = 'http://127.0.0.1:9/v1/sign-in/own/callback';

let server: OpenIdProvider;
beforeAll(async () => {
  server = await startOpenIdProvider(BACK);
});
afterAll(() => server.close());

function providerOf(more: Partial<ProviderSettings> = {}): IdentityProvider {
  return new IdentityProvider({
    issuer: server.issuer,
    clientId: CLIENT.id,
    clientSecret: async () => new Plaintext(CLIENT.secret),
    scopes: ['email', 'profile'],
    fetch: network.fetch,
    ...more,
  });
}

function anAttempt(more: Partial<SignInAttempt> = {}): SignInAttempt {
  const ticket = new Plaintext(randomBytes(32).toString('base64url'));
  return { ticket, redirectUri: BACK, isAnew: false, ...more };
}

/** From the first click to the provider's answer. */
async function comeBack(
  by: IdentityProvider,
  attempt: SignInAttempt,
  browser = new BrowserAtProvider(),
) {
  const address = await by.addressFor(attempt);
  if (address === undefined) throw new Error('The provider is away.');
  return browser.follow(address, BACK);
}

describe('a provider', () => {
  test('vouches for a person, with a mail address that it has verified', async () => {
    server.seat({ subject: 'ann', email: 'ann@example.com', isVerified: true, name: 'Ann' });
    const by = providerOf();
    const attempt = anAttempt();
    const identified = await by.identify(attempt, await comeBack(by, attempt));
    expect(identified).toEqual({
      kind: 'identified',
      identity: {
        issuer: server.issuer,
        subject: 'ann',
        email: 'ann@example.com',
        name: 'Ann',
        authenticatedAt: null,
      },
    });
  });

  test('security 48: says no mail address that it has not verified', async () => {
    server.seat({ subject: 'eve', email: 'ann@example.com', isVerified: false });
    const by = providerOf();
    const attempt = anAttempt();
    const identified = await by.identify(attempt, await comeBack(by, attempt));
    expect(identified).toMatchObject({ identity: { subject: 'eve', email: null } });
  });

  test('has the person prove it anew where that is asked, and says when it was', async () => {
    server.seat({ subject: 'ann' });
    const by = providerOf();
    const browser = new BrowserAtProvider();
    await comeBack(by, anAttempt(), browser);
    const anew = anAttempt({ isAnew: true });
    const since = Math.floor(Date.now() / 1_000) * 1_000;
    const identified = await by.identify(anew, await comeBack(by, anew, browser));
    if (identified.kind !== 'identified') throw new Error(identified.kind);
    expect(identified.identity.authenticatedAt).toBeGreaterThanOrEqual(since);
  });

  test('security 48: is believed by the browser alone that began, and once', async () => {
    server.seat({ subject: 'ann' });
    const by = providerOf();
    const [own, foreign] = [anAttempt(), anAttempt()];
    const query = await comeBack(by, own);
    expect(await by.identify(foreign, query)).toEqual({ kind: 'refused' });
    expect(await by.identify(own, query)).toMatchObject({ kind: 'identified' });
    expect(await by.identify(own, query)).toEqual({ kind: 'refused' });
  });

  test.each([
    ['no state', 'state', undefined],
    ['another state', 'state', 'b'.repeat(43)],
    ['another issuer', 'iss', 'https://evil.example'],
    ['another code', 'code', 'c'.repeat(43)],
  ])('security 48: is not believed with %s', async (_what, name, value) => {
    server.seat({ subject: 'ann' });
    const by = providerOf();
    const attempt = anAttempt();
    const query = new URLSearchParams(await comeBack(by, attempt));
    if (value === undefined) query.delete(name);
    else query.set(name, value);
    expect(await by.identify(attempt, `?${query}`)).toEqual({ kind: 'refused' });
  });

  test('is not believed where who began wanted it proved anew, and it was not', async () => {
    server.seat({ subject: 'ann' });
    const by = providerOf();
    const attempt = anAttempt();
    const query = await comeBack(by, attempt);
    expect(await by.identify({ ...attempt, isAnew: true }, query)).toEqual({ kind: 'refused' });
  });

  test('refuses who leaves without signing in', async () => {
    server.seat({ subject: 'ann', isUnwilling: true });
    const by = providerOf();
    const attempt = anAttempt();
    expect(await by.identify(attempt, await comeBack(by, attempt))).toEqual({ kind: 'refused' });
  });

  test.each([
    ['away', { issuer: 'http://127.0.0.1:1' }],
    ['not one', { fetch: async () => new Response('<html>', { status: 502 }) }],
  ])('is unavailable where it is %s', async (_what, settings) => {
    const by = providerOf(settings);
    expect(await by.addressFor(anAttempt())).toBeUndefined();
    expect(await by.identify(anAttempt(), '?code=a&state=b')).toMatchObject({
      kind: 'unavailable',
    });
  });

  test('is unavailable, and refuses nobody, where our own secret is wrong', async () => {
    server.seat({ subject: 'ann' });
    const by = providerOf({
      clientSecret: async () => new Plaintext('another-secret-of-32-bytes-x'),
    });
    const attempt = anAttempt();
    const identified = await by.identify(attempt, await comeBack(by, attempt));
    expect(identified).toMatchObject({ kind: 'unavailable' });
  });
});
