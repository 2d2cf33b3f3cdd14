import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { expectUsable, openAs } from './tab.js';
import { type AdminWorld, openAdmin, stores } from './world.js';

const NARROW = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const;

describe.skipIf(chromiumAbsence() !== undefined).each(stores)(
  'the audit trail, on $store',
  (at) => {
    let browser: Browser;
    let world: AdminWorld;
    let id: string;
    beforeAll(async () => {
      [browser, world] = await Promise.all([startChromium(), openAdmin(at)]);
      const { body } = await world.ask('POST', '/v1/keys', { name: 'Looked at', owner: 'acme' });
      id = body.key.id;
      for (let count = 0; count < 60; count += 1) {
        await world.ask('PATCH', `/v1/keys/${id}`, { name: `Looked at ${count}` });
      }
      await world.ask('POST', `/v1/keys/${id}/revoke`, { reason: 'It was over.' });
    });
    afterAll(async () => {
      await browser?.close();
      await world?.close();
    });

    test('is looked through page by page, and back', async () => {
      const { tab, faults, go } = await openAs(browser, world);
      await go(`/audit?subject=${id}`);
      await tab.getByText('50 events on this page').waitFor();
      await expectUsable(tab);
      await tab.getByRole('button', { name: 'Next page' }).click();
      await tab.getByText('12 events', { exact: true }).waitFor();
      await tab.getByRole('button', { name: 'Details of key.created' }).waitFor();
      await tab.getByRole('button', { name: 'Previous page' }).click();
      await tab.getByText('50 events on this page').waitFor();
      expect(faults).toEqual([]);
    });

    test('is narrowed in the address, and says all of an event', async () => {
      const { tab, faults, go } = await openAs(browser, world, NARROW);
      await go('/audit');
      await tab.getByText('50 events on this page').waitFor();
      await tab.keyboard.press('/');
      await tab.keyboard.type('key.revoked');
      await tab.waitForURL(/[?&]type=key\.revoked/);
      await tab.getByText('1 event', { exact: true }).waitFor();
      await expectUsable(tab);
      await tab.getByRole('button', { name: 'Details of key.revoked' }).click();
      const dialog = tab.getByRole('dialog', { name: 'key.revoked' });
      await dialog.getByText('It was over.').waitFor();
      expect(await dialog.getByRole('row', { name: /^state/ }).innerText()).toMatch(
        /active\s+revoked/,
      );
      await expectUsable(tab);
      await tab.keyboard.press('Escape');
      await tab.getByRole('button', { name: 'Clear' }).click();
      await tab.waitForURL(/\/audit$/);
      expect(faults).toEqual([]);
    });

    test('is verified, and handed out as a file that holds every event', async () => {
      const { tab, faults, go } = await openAs(browser, world);
      await go(`/audit?subject=${id}`);
      await tab.getByRole('button', { name: 'Verify the chain' }).click();
      await tab.getByText(/^default: \d+ events, none missing or changed$/).waitFor();
      await tab.keyboard.press('Escape');
      const download = tab.waitForEvent('download');
      await tab.getByRole('button', { name: 'Export' }).click();
      const lines = readFileSync(await (await download).path(), 'utf8')
        .trimEnd()
        .split('\n');
      expect(lines).toHaveLength(62);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ type: 'key.revoked', subject: { id } });
      expect(faults).toEqual([]);
    });

    test('is for those alone who may read it', async () => {
      const { tab } = await openAs(browser, world, { person: await world.person('viewer') });
      expect(await tab.getByRole('link', { name: 'Audit' }).count()).toBe(0);
      await tab.goto(`${world.url}/admin/audit`);
      await tab.getByText('You may not do this').waitFor();
    });
  },
);
