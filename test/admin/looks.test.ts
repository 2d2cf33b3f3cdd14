import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { adminFilesAt } from '../../src/http/admin-files.js';
import { answererOf, shareOf } from '../../src/http/app.js';
import { adminRoutes } from '../../src/http/manage/admin.js';
import { routes } from '../../src/http/routes.js';
import { silentLog } from '../../src/ports.js';
// Types what is injected.
import type {} from '../docs/built.js';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { type Listening, listen } from '../setup/listening.js';
import { type LivedIn, liveIn } from '../setup/lived-in.js';
import { keepPicture } from './pictures.js';
import { expectUsable, openTab, signIn } from './tab.js';
import { PASSWORD } from './world.js';

const ADA = { name: 'Ada Keller', email: 'ada@example.com', password: PASSWORD };
const looks = [
  { look: 'light-wide', colorScheme: 'light', width: 1280 },
  { look: 'dark-wide', colorScheme: 'dark', width: 1280 },
  { look: 'light-narrow', colorScheme: 'light', width: 360 },
  { look: 'dark-narrow', colorScheme: 'dark', width: 360 },
] as const;

describe.skipIf(chromiumAbsence() !== undefined)('every page, after some weeks of work', () => {
  let browser: Browser;
  let lived: LivedIn;
  let server: Listening;
  let pages: readonly (readonly [name: string, path: string, shows: RegExp])[];
  beforeAll(async () => {
    [browser, lived] = await Promise.all([startChromium(), liveIn()]);
    const { keyturn } = lived;
    const rows = routes.filter(({ path }) => !path.startsWith('/admin'));
    const admin = adminRoutes(adminFilesAt(join(inject('builtPackage'), 'dist/admin')));
    const local = { ...keyturn, settings: { ...keyturn.settings, publicUrl: null } };
    const answer = answererOf(shareOf(local, silentLog), [...rows, ...admin]);
    server = await listen(getRequestListener((request) => answer(request, { peer: '127.0.0.1' })));
    const made = await keyturn.people.create({ name: ADA.name, email: ADA.email, role: 'admin' });
    const [, token = ''] = made.invitation.url.split('#');
    const from = { address: '127.0.0.1', agent: 'a test' };
    await keyturn.signIn.acceptInvitation({ token, name: ADA.name, password: PASSWORD }, from);
    const key = (await keyturn.keys.list({ search: 'Acme Production' })).items[0];
    const rotation = (await keyturn.rotations.list({ key: key?.id ?? '' })).items[0];
    pages = [
      ['overview', '/overview', /Overview/],
      ['keys', '/keys', /Acme/],
      ['key', `/keys/${key?.id}`, /Secret 1/],
      ['key-usage', `/keys/${key?.id}?tab=usage`, /accepted/],
      ['key-consumers', `/keys/${key?.id}?tab=consumers`, /checkout/],
      ['key-use', `/keys/${key?.id}?tab=use`, /curl/],
      ['create', '/keys/new', /How it is handed over/],
      ['rotation', `/rotations/${rotation?.id}`, /Everyone has moved/],
      ['rotations', '/rotations', /Both live/],
      ['audit', '/audit', /Audit/],
    ];
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await lived?.remove();
  });

  test.each(looks)('can be used and looks as it should: $look', async (at) => {
    const { look, colorScheme, width } = at;
    const viewport = { width, height: 800 };
    const { tab, faults, go } = await openTab(browser, server, { colorScheme, viewport });
    await tab.clock.setFixedTime(lived.keyturn.clock.nowMs());
    await go('/sign-in');
    await tab.getByLabel('Password').waitFor();
    await expectUsable(tab);
    await keepPicture(tab, `sign-in-${look}`);
    await signIn(tab, ADA);
    await tab.waitForURL(/overview/);
    for (const [name, path, shows] of pages) {
      await go(path);
      await tab.locator('main').getByText(shows).first().waitFor();
      await tab.waitForLoadState('networkidle');
      await expectUsable(tab);
      await keepPicture(tab, `${name}-${look}`);
    }
    expect(faults).toEqual([]);
  });
});
