import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { tokenIn } from '../setup/claiming.js';
import { openWorld, type World } from './world.js';

/** A picture of 24 by 8 pixels. */
const LOGO =
  'iVBORw0KGgoAAAANSUhEUgAAABgAAAAICAIAAABsw6g0AAAAFElEQVR42mMQSjtDFcQwatBINggAsvTzATeuPYwAAAAASUVORK5CYII=';
const browserless = chromiumAbsence();

let world: World;
beforeAll(async () => {
  world = await openWorld({ publicUrl: 'https://keys.example' });
});
afterAll(() => world.close());

const update = (branding: object) =>
  world.ask('PATCH', '/v1/keyspaces/acme', { body: { branding } });
const made = () =>
  world.ask('POST', '/v1/keyspaces', {
    body: { name: 'acme', prefix: 'acme', branding: { name: 'Acme Maps', logo: LOGO } },
  });

async function claimed() {
  const { id } = await world.newKey({ keyspace: 'acme', name: 'Route planner' });
  const body = { deliver: 'claim' };
  const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`, { body });
  return { token: tokenIn(json.claim.url) };
}

describe('how a keyspace shows itself', () => {
  test('is set with it, and its logo is told of and not dragged along', async () => {
    const created = await made();
    expect(created.status).toBe(201);
    const logo = {
      mediaType: 'image/png',
      sizeBytes: 77,
      sha256: expect.stringMatching(/^\w{64}$/),
    };
    expect(created.json.branding).toEqual({ name: 'Acme Maps', logo, replyTo: null });
    const listed = await world.ask('GET', '/v1/keyspaces');
    expect(listed.text).not.toContain(LOGO.slice(0, 20));
    const events = await world.ask('GET', `/v1/events?subject=${created.json.id}`);
    expect(events.text).toContain(created.json.branding.logo.sha256);
    expect(events.text).not.toContain(LOGO.slice(0, 20));
  });

  test.each([
    [{ logo: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64') }, 'logo'],
    [{ logo: 'https://elsewhere.example/logo.png' }, 'logo'],
    [{ logo: `${LOGO}${LOGO}` }, 'logo'],
    [
      {
        logo: Buffer.concat([Buffer.from(LOGO, 'base64'), Buffer.alloc(32_768)]).toString('base64'),
      },
      'logo',
    ],
    [{ name: '' }, 'name'],
    [{ name: 'Acme \u202egro.live' }, 'name'],
  ])('is refused as a whole where it cannot be: %#', async (branding, field) => {
    const got = await update(branding);
    expect(got.status).toBe(422);
    expect(got.json.errors[0].pointer).toBe(`/branding/${field}`);
    const kept = await world.ask('GET', '/v1/keyspaces/acme');
    expect(kept.json.branding).toMatchObject({ name: 'Acme Maps', logo: { sizeBytes: 77 } });
  });

  test('is seen before a claim is opened, and as it is', async () => {
    const { token } = await claimed();
    const ask = (path: string) => world.ask('POST', path, { key: undefined, body: { token } });
    const branding = { name: 'Acme Maps', logo: `data:image/png;base64,${LOGO}` };
    expect((await ask('/claim/look')).json.branding).toEqual(branding);
    expect((await ask('/claim')).json.branding).toEqual(branding);
  });

  test('is taken away field by field', async () => {
    expect((await update({ logo: null })).json.branding).toMatchObject({
      name: 'Acme Maps',
      logo: null,
    });
    const { token } = await claimed();
    const looked = await world.ask('POST', '/claim/look', { key: undefined, body: { token } });
    expect(looked.json.branding).toEqual({ name: 'Acme Maps', logo: null });
    expect((await update({ name: null })).json.branding).toMatchObject({ name: null, logo: null });
    expect((await update({ name: 'Acme Maps', logo: LOGO })).status).toBe(200);
  });

  describe.skipIf(browserless !== undefined)('in a browser', () => {
    test.each([
      { width: 360, height: 740 },
      { width: 1280, height: 800 },
    ])(
      'stands on the page, which asks nobody else: $width px',
      async (viewport) => {
        const { token } = await claimed();
        const browser = await startChromium();
        try {
          const tab = await (await browser.newContext({ viewport })).newPage();
          const asked: string[] = [];
          const complaints: string[] = [];
          tab.on('request', (request) => asked.push(request.url()));
          tab.on('console', (message) => complaints.push(message.text()));
          await tab.goto(`${world.url}/claim#${token}`, { waitUntil: 'networkidle' });
          expect(await tab.innerText('#issuer')).toBe('Acme Maps');
          const width = 'document.getElementById("logo").naturalWidth';
          await tab.waitForFunction(`${width} === 24`);
          expect(await tab.innerText('#until')).toMatch(/^The link works until .+/);
          await tab.click('#open');
          await tab.waitForSelector('#after:not([hidden])');
          expect(await tab.title()).toBe('Your new API key for Acme Maps');
          expect(await tab.innerText('#issuer')).toBe('Acme Maps');
          expect(await tab.evaluate(width)).toBe(24);
          expect(await tab.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(
            true,
          );
          expect(complaints).toEqual([]);
          const foreign = asked.filter(
            (url) => !url.startsWith(world.url) && !url.startsWith('data:'),
          );
          expect(foreign).toEqual([]);
        } finally {
          await browser.close();
        }
      },
      60_000,
    );
  });
});
