import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { expectUsable, openAs } from './tab.js';
import { type AdminWorld, openAdmin, stores } from './world.js';

const NARROW = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const;

describe.skipIf(chromiumAbsence() !== undefined).each(stores)('the overview, on $store', (at) => {
  let browser: Browser;
  let world: AdminWorld;
  beforeAll(async () => {
    [browser, world] = await Promise.all([startChromium(), openAdmin(at)]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  test('is where one lands, and says so where nothing needs anybody', async () => {
    const { tab, faults } = await openAs(browser, world);
    await tab.getByRole('heading', { name: 'Nothing needs you now' }).waitFor();
    await expectUsable(tab);
    expect(faults).toEqual([]);
  });

  test('says what needs a person, and leads to it', async () => {
    const key = { name: 'Soon over', expiresAt: '9d', policy: null };
    const made = await world.ask('POST', '/v1/keys', key);
    const waits = await world.ask('POST', '/v1/policies', {
      name: 'asked',
      approval: { before: 'issue', approvers: 1 },
    });
    expect([made.status, waits.status]).toEqual([201, 201]);
    const { body } = await world.ask('POST', '/v1/keys', { name: 'Asked for', policy: 'asked' });
    const begun = await world.ask('POST', `/v1/keys/${body.key.id}/rotate`, {});
    expect(begun.status, JSON.stringify(begun.body)).toBe(202);
    const { tab, faults } = await openAs(browser, world);
    const waiting = tab.getByRole('region', { name: 'Needs you now' });
    await waiting.getByText('1 rotation waiting for a person').waitFor({ timeout: 30_000 });
    await waiting.getByText('1 key expiring within 14 days').waitFor();
    await expectUsable(tab);
    await tab.getByRole('link', { name: 'Soon over' }).click();
    await tab.waitForURL(new RegExp(`/admin/keys/${made.body.key.id}$`));
    expect(faults).toEqual([]);
  });

  test('draws its figures, and tells them to who reads rather than looks', async () => {
    const { tab, faults, go } = await openAs(browser, world, NARROW);
    const ages = tab.getByRole('region', { name: 'Age of secrets' });
    await ages.scrollIntoViewIfNeeded();
    await ages.locator('canvas').waitFor();
    await expectUsable(tab);
    await ages.getByRole('button', { name: 'As a table' }).click();
    expect(await ages.getByRole('row').count()).toBeGreaterThan(2);
    await expectUsable(tab);
    await go('/overview?keyspace=keyturn');
    await tab.getByRole('heading', { name: 'Nothing needs you now' }).waitFor();
    expect(faults).toEqual([]);
  });
});
