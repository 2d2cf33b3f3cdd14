import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ClaimRefusedError } from '../../src/errors.js';
import type { LogFields } from '../../src/ports.js';
import { openWorld, type World } from '../http/world.js';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { claimOf, tokenIn, untilSeen, whileSettling } from '../setup/claiming.js';
import { dataKinds, durableKinds } from '../setup/data.js';
import { dumpOf } from '../setup/dump.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { expectNothingOf } from './canaries.js';

const DAY_MS = 86_400_000;
const PUBLIC_URL = 'https://keys.example';
const browserless = chromiumAbsence();

/** One server, and what it logged. */
interface Served {
  readonly world: World;
  readonly log: string[];
}

async function serve(): Promise<Served> {
  const log: string[] = [];
  const line = (fields: LogFields, message: string) => {
    log.push(JSON.stringify({ fields, message }));
  };
  const logger = { info: line, warn: line, error: line };
  return { world: await openWorld({ publicUrl: PUBLIC_URL, log: logger }), log };
}

/** A claim that nobody has opened. */
async function announced({ ask, newKey }: World, headers: Readonly<Record<string, string>> = {}) {
  const key = await newKey({ name: 'Acme CI' });
  const body = { deliver: 'claim' };
  const { json } = await ask('POST', `/v1/keys/${key.id}/rotate`, { body, headers });
  const url: string = json.claim.url;
  return { key, url, token: tokenIn(url), rotationId: String(json.rotation.id) };
}

describe("a claim's link", () => {
  let served: Served;
  let world: World;
  beforeAll(async () => {
    served = await serve();
    world = served.world;
  });
  afterAll(() => world.close());

  const open = (body: object) => world.ask('POST', '/claim', { key: undefined, body });
  const isUnopened = async (rotationId: string) =>
    (await world.ask('GET', `/v1/rotations/${rotationId}`)).json.step === 'announce';

  test.each([
    { 'x-forwarded-host': 'evil.example' },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    { forwarded: 'host=evil.example;proto=http' },
    { 'x-original-host': 'evil.example', 'x-forwarded-prefix': '/evil' },
  ])('security 40: is of the public address, whatever the request says: %o', async (headers) => {
    const { url } = await announced(world, headers);
    expect(url).toMatch(/^https:\/\/keys\.example\/claim#[\w-]{43}$/);
  });

  test('security 40: is of the public address, whatever its Host says', async () => {
    const { id } = await world.newKey();
    const body = '{"deliver":"claim"}';
    const answer = await world.raw(
      `POST /v1/keys/${id}/rotate HTTP/1.1`,
      'Host: evil.example',
      `X-API-Key: ${world.root}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      `\r\n${body}`,
    );
    expect(answer).toContain(`"url":"${PUBLIC_URL}/claim#`);
    expect(answer).not.toContain('evil');
  });

  test('security 40: is not used up by being looked at', async () => {
    const { token, rotationId } = await announced(world);
    for (let index = 0; index < 100; index += 1) {
      expect((await world.ask('GET', '/claim', { key: undefined })).status).toBe(200);
      expect((await world.ask('HEAD', '/claim', { key: undefined })).status).toBe(200);
      const looked = await world.ask('POST', '/claim/look', { key: undefined, body: { token } });
      expect(looked.json).toMatchObject({ branding: { name: 'default', logo: null } });
      expect((await world.ask('GET', `/claim?token=${token}`)).status).toBe(400);
    }
    expect(await isUnopened(rotationId)).toBe(true);
    expect((await open({ token })).status).toBe(200);
  });

  test('security 40: answers alike when it is unknown, used, late, replaced or ended', async () => {
    const [used, ended, replaced] = [
      await announced(world),
      await announced(world),
      await announced(world),
    ];
    await open({ token: used.token });
    await world.ask('POST', `/v1/rotations/${ended.rotationId}/abort`);
    await world.ask('POST', `/v1/rotations/${replaced.rotationId}/retry`);
    const late = await announced(world);
    const revoked = await announced(world);
    await world.keyturn.keys.revoke(revoked.key.id);
    const ofRevoked = await open({ token: revoked.token });
    world.keyturn.clock.advanceMs(31 * DAY_MS);
    const unknown = await open({ token: 'A'.repeat(43) });
    expect(unknown.status).toBe(403);
    expect(unknown.json.code).toBe('claim_refused');
    const tokens = ['x', used.token, ended.token, replaced.token, late.token];
    const looks = tokens.map((token) =>
      world.ask('POST', '/claim/look', { key: undefined, body: { token } }),
    );
    const opened = tokens.map((token) => open({ token }));
    for (const got of [ofRevoked, ...(await Promise.all([...opened, ...looks]))]) {
      expect(got.status).toBe(403);
      expect(got.text).toBe(unknown.text);
    }
  });

  test('security 40: is opened by JSON alone, which no form of another site can send', async () => {
    const { token, rotationId } = await announced(world);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const got = await world.ask('POST', '/claim', { body: `token=${token}`, headers: form });
    expect(got.status).toBe(415);
    expect(await isUnopened(rotationId)).toBe(true);
  });

  test('security 17: stands in no log line, list, event or repeated answer', async () => {
    const { token, key } = await announced(world);
    const { json } = await open({ token });
    await open({ token });
    const said = await Promise.all(
      ['events?limit=200', 'rotations', 'keys', `keys/${key.id}`].map((path) =>
        world.ask('GET', `/v1/${path}`),
      ),
    );
    const metrics = await world.ask('GET', '/metrics');
    const texts = [...said, metrics].map(({ text }) => text);
    expect(texts.join('')).toContain('rotation.claim_opened');
    expectNothingOf([token, json.plaintext], [...texts, ...served.log].join('\n'));
  });

  test('is tried by a line that has not the secret in it', async () => {
    const { token, key } = await announced(world);
    const { json } = await open({ token });
    expect(json.test).not.toContain(json.plaintext);
    const tried = triedBy(json.test, { plaintext: json.plaintext, url: world.url });
    expect(await tried).toMatchObject({ key: { id: key.id }, secret: { number: 2 } });
  });

  describe.skipIf(browserless !== undefined)('in a browser', () => {
    test('security 40: does nothing until a person presses the button, and shows it once', async () => {
      const { token, rotationId, key } = await announced(world);
      const browser = await startChromium();
      try {
        const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
        const tab = await context.newPage();
        const asked: { url: string; method: string; referer: string | undefined }[] = [];
        tab.on('request', (request) => {
          const { referer } = request.headers();
          asked.push({ url: request.url(), method: request.method(), referer });
        });
        const complaints: string[] = [];
        tab.on('console', (message) => complaints.push(message.text()));
        const address = `${world.url}/claim#${token}`;
        for (let load = 0; load < 5; load += 1) {
          await tab.goto('about:blank');
          await tab.goto(address, { waitUntil: 'networkidle' });
        }
        expect(await isUnopened(rotationId)).toBe(true);
        const sent = asked.filter(({ method }) => method !== 'GET').map(({ url }) => url);
        expect(new Set(sent)).toEqual(new Set([`${world.url}/claim/look`]));
        expect(tab.url()).toBe(`${world.url}/claim`); // Nobody reads the token off the screen.

        await tab.click('#open');
        await tab.waitForSelector('#after:not([hidden])');
        const shown = await tab.innerText('main');
        const plaintext = await tab.innerText('#key');
        expect(shown).toContain('default');
        // It is shown at one place, and no command line has it.
        const line = await tab.innerText('#test');
        expect(shown.split(plaintext)).toHaveLength(2);
        expect(shown).toContain(line);
        expect(shown).toContain('paste the secret');
        expect(await triedBy(line, { plaintext, url: world.url })).toMatchObject({
          key: { id: key.id },
        });
        expect(shown).toMatch(/The secret that you have works until/);
        expect((await world.ask('GET', '/v1/self', { key: plaintext })).json.key.id).toBe(key.id);
        // Nothing hangs over the edge of a phone.
        expect(await tab.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        expect(complaints).toEqual([]);
        expect(asked.every(({ url }) => url.startsWith(world.url))).toBe(true);
        expect(asked.map(({ referer }) => referer ?? '').join('')).not.toContain(token);
        expect(asked.map(({ url }) => url.split('#')[0]).join('')).not.toContain(token);

        await tab.reload({ waitUntil: 'networkidle' });
        expect(await tab.content()).not.toContain(plaintext);
        await tab.goBack();
        expect(await tab.content()).not.toContain(plaintext);
        await tab.goto('about:blank');
        await tab.goto(address);
        await tab.waitForFunction("document.getElementById('message').textContent !== ''");
        expect(await tab.innerText('#message')).toContain('unknown, was used or is too old');
      } finally {
        await browser.close();
      }
    }, 60_000);
  });
});

/** What a person sees who runs the line, and pastes the secret. */
async function triedBy(
  line: string,
  { plaintext, url }: { readonly plaintext: string; readonly url: string },
): Promise<unknown> {
  const shell = spawn('bash', ['-c', line.replace(PUBLIC_URL, url)]);
  shell.stdin.end(`${plaintext}\n`);
  return JSON.parse(await text(shell.stdout));
}

describe.each(dataKinds)('claims on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, options: { publicUrl: PUBLIC_URL } });
  });
  afterEach(() => fleet.close());

  test('security 40: of ten who open one at once, one gets the secret', async () => {
    const { made, token } = await claimOf(fleet);
    const opened = Array.from({ length: 10 }, (_, index) =>
      fleet.at(index % 2).keyturn.claims.open(token),
    );
    const settled = await whileSettling(fleet, Promise.allSettled(opened));
    const shown = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(shown).toHaveLength(1);
    for (const one of settled) {
      if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(ClaimRefusedError);
    }
    const key = await fleet.at(0).keyturn.keys.get(made.key.id);
    expect(key.secrets.map(({ state }) => state)).toEqual(['retiring', 'current']);
    await fleet.settle();
    for (const plaintext of [made.plaintext, shown[0]?.plaintext ?? '']) {
      expect(await fleet.at(1).verify({ plaintext })).toMatchObject({ valid: true });
    }
  });

  test('security 40: one whose opening was cut short is linked anew, and nobody is locked out', async () => {
    const { made, token, rotationId } = await claimOf(fleet);
    const { keyturn, store } = fleet.at(0);
    let commits = 0;
    // The link is used up; then the process is as good as dead.
    store.before = async (method) => {
      if (method !== 'commit') return;
      commits += 1;
      if (commits > 1) throw new Error('It is gone.');
    };
    await expect(whileSettling(fleet, keyturn.claims.open(token))).rejects.toThrow();
    store.before = undefined;
    await expect(keyturn.claims.open(token)).rejects.toThrow(ClaimRefusedError);
    const seen = (id: string) => fleet.at(1).keyturn.rotations.get(id);
    await whileSettling(
      fleet,
      untilSeen(async () => (await seen(rotationId)).state === 'needs_operator'),
    );
    expect(await fleet.at(1).verify(made)).toMatchObject({ valid: true });
    const { claim } = await keyturn.rotations.retry(rotationId);
    const opening = fleet.at(1).keyturn.claims.open(tokenIn(claim?.url ?? ''));
    const { plaintext } = await whileSettling(fleet, opening);
    await fleet.settle();
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ valid: true });
  });
});

describe.each(durableKinds)('what is stored of claims on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'], options: { publicUrl: PUBLIC_URL } });
  });
  afterEach(() => fleet.close());

  test('security 3: opens none', async () => {
    const { token } = await claimOf(fleet, { deliver: 'claim' }, 'kept');
    const { texts, whole } = await dumpOf(fleet.data);
    expectNothingOf([token], whole);
    for (const text of texts) {
      await expect(fleet.at(0).keyturn.claims.open(text || 'x')).rejects.toThrow(ClaimRefusedError);
    }
    const { plaintext } = await whileSettling(fleet, fleet.at(0).keyturn.claims.open(token));
    expectNothingOf([token, plaintext], (await dumpOf(fleet.data)).whole);
  });
});
