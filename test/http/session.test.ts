import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Got, openWorld, type Sent, type World } from './world.js';

const PASSWORD = 'correct horse battery';
const ADA = { name: 'Ada', email: 'ada@example.com', password: PASSWORD };

let world: World;
beforeAll(async () => {
  world = await openWorld({ isNew: true });
});
beforeEach(() => world.keyturn.clock.advanceMs(60 * 60_000));
afterAll(() => world.close());

/** The cookie that an answer sets, as a browser sends it back. */
function cookieOf({ headers }: Got): string {
  return headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** As a page of our own, with a session's cookie. */
function asPage(cookie: string, sent: Sent = {}): Sent {
  return { ...sent, headers: { cookie, origin: world.url, ...sent.headers } };
}

async function signIn(): Promise<string> {
  const body = { email: ADA.email, password: PASSWORD };
  return cookieOf(await world.ask('POST', '/v1/sign-in', { key: undefined, body }));
}

describe('signing in', () => {
  test('the set-up link makes the first account, once, and signs in', async () => {
    const { ask, keyturn } = world;
    const { token } = await keyturn.setup.createToken();
    const { token: late } = await keyturn.setup.createToken();
    const made = await ask('POST', '/setup', { key: undefined, body: { token, account: ADA } });
    expect(made.status, made.text).toBe(201);
    expect(made.json.session.person).toMatchObject({ name: 'Ada', role: 'admin' });
    expect(made.json.plaintext).toBeUndefined();
    const own = await ask('GET', '/v1/session', asPage(cookieOf(made), { key: undefined }));
    expect(own.json).toMatchObject({ method: 'password', scopes: ['*'], confirmBy: 'password' });
    const again = { token: late, account: { ...ADA, email: 'eve@example.com' } };
    expect((await ask('POST', '/setup', { key: undefined, body: again })).status).toBe(403);
    expect((await ask('POST', '/setup', { key: undefined, body: { token: late } })).status).toBe(
      403,
    );
  });

  test('a session acts with its role, until it is ended', async () => {
    const { ask } = world;
    const cookie = await signIn();
    expect((await ask('GET', '/v1/keys', asPage(cookie, { key: undefined }))).status).toBe(200);
    const body = { name: 'by a person', keyspace: 'keyturn', scopes: ['*'] };
    const made = await ask('POST', '/v1/keys', asPage(cookie, { key: undefined, body }));
    expect(made.status, made.text).toBe(201);
    const { items } = (await ask('GET', '/v1/events', asPage(cookie, { key: undefined }))).json;
    expect(items[0].actor).toMatchObject({ kind: 'admin', id: expect.stringMatching(/^usr_/) });
    const out = await ask('DELETE', '/v1/session', asPage(cookie, { key: undefined }));
    expect(out.status).toBe(204);
    const late = await ask('GET', '/v1/keys', asPage(cookie, { key: undefined }));
    expect(late.status).toBe(401);
    expect(late.json.code).toBe('session_ended');
  });
});
