import type { Browser, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { expectUsable, openAs } from './tab.js';
import { type AdminWorld, openAdmin, stores } from './world.js';

const PAGE_SIZE = 50;

describe.skipIf(chromiumAbsence() !== undefined).each(stores)('keys, on $store', (at) => {
  let browser: Browser;
  let world: AdminWorld;
  beforeAll(async () => {
    [browser, world] = await Promise.all([startChromium(), openAdmin(at)]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  test('security 18: a key is made and its secret shown once, and then it is nowhere', async () => {
    const { tab, faults, go } = await openAs(browser, world);
    await go('/keys/new');
    await tab.getByLabel('Name').fill('Nightly export');
    await tab.getByLabel('Scopes').fill('reports:read');
    await tab.getByRole('button', { name: 'Create key' }).click();
    const secret = await tab.getByLabel('The secret', { exact: true }).innerText();
    expect(secret).toMatch(/^key_live_[0-9A-Za-z]{38}$/);
    await expectUsable(tab);
    expect(await verified(world, secret)).toMatchObject({ valid: true });
    await tab.keyboard.press('Escape'); // It has to be said that it is kept.
    expect(await tab.getByLabel('The secret', { exact: true }).count()).toBe(1);
    await tab.getByRole('button', { name: 'I have stored it' }).click();
    await tab.getByRole('heading', { name: 'Nightly export', level: 1 }).waitFor();
    await expectNowhere(tab, secret);
    await tab.goBack();
    await expectNowhere(tab, secret);
    expect(faults).toEqual([]);
  });

  test('a rotation is begun, watched as its consumers move, finished, and undone', async () => {
    const { key, plaintext } = await newKey(world, 'Billing worker');
    await verified(world, plaintext, '203.0.113.7');
    const { tab, faults, go } = await openAs(browser, world);
    await go(`/keys/${key.id}`);
    await tab.getByRole('button', { name: 'Rotate' }).click();
    const dialog = tab.getByRole('dialog', { name: 'Rotate “Billing worker”' });
    await dialog
      .getByText(/new secret|secret 2/i)
      .first()
      .waitFor();
    await expectUsable(tab);
    await dialog.getByRole('button', { name: 'Rotate', exact: true }).click();
    const next = await tab.getByLabel('The secret', { exact: true }).innerText();
    await tab.getByRole('button', { name: 'I have stored it' }).click();
    await tab.getByRole('heading', { name: 'Rotation of “Billing worker”' }).waitFor();
    await tab.getByText('Not moved').waitFor();
    expect(await tab.locator('[aria-current="step"]').innerText()).toContain('Both live');
    await expectUsable(tab);
    expect(await verified(world, next, '203.0.113.7')).toMatchObject({ valid: true });
    await tab.getByText('1 of 1 moved').waitFor(); // Without a reload.
    await decide(tab, 'Finish now');
    await tab.getByText('The old secret is refused, and can be brought back').waitFor();
    expect(await verified(world, plaintext)).toMatchObject({ valid: false });
    await decide(tab, 'Undo');
    await tab.getByText('Watching who has moved').waitFor();
    expect(await verified(world, plaintext)).toMatchObject({ valid: true });
    expect(faults).toEqual([]);
  });

  test('a key is disabled, enabled and revoked, each after it was said what that does', async () => {
    const { key, plaintext } = await newKey(world, 'Kiosk');
    const { tab, go } = await openAs(browser, world);
    await go(`/keys/${key.id}`);
    await act(tab, 'Disable');
    await tab.getByText('Disabled', { exact: true }).first().waitFor();
    expect(await verified(world, plaintext)).toMatchObject({ valid: false, code: 'disabled' });
    await act(tab, 'Enable');
    await tab.getByText('Active', { exact: true }).waitFor();
    await tab.getByRole('button', { name: 'More' }).click();
    await tab.getByRole('menuitem', { name: 'Revoke' }).click();
    const revoke = tab.getByRole('dialog').getByRole('button', { name: 'Revoke' });
    expect(await revoke.isDisabled()).toBe(true);
    await tab.getByLabel('Type the name of the key to go on').fill('Kiosk');
    await revoke.click();
    await tab.getByText('Revoked', { exact: true }).first().waitFor();
    expect(await verified(world, plaintext)).toMatchObject({ valid: false, code: 'revoked' });
  });

  test('what somebody else has changed meanwhile is not written over', async () => {
    const { key } = await newKey(world, 'Ledger');
    const { tab, go } = await openAs(browser, world);
    await go(`/keys/${key.id}`);
    await tab.getByRole('button', { name: 'Edit' }).click();
    await tab.getByLabel('Owner').fill('acme');
    await world.ask('PATCH', `/v1/keys/${key.id}`, { tags: ['theirs'] });
    await tab.getByRole('button', { name: 'Save' }).click();
    await tab.getByText('Somebody else has changed this meanwhile').waitFor();
    const { body } = await world.ask('GET', `/v1/keys/${key.id}`);
    expect(body).toMatchObject({ owner: null, tags: ['theirs'] });
  });

  test('a list is searched as one types, filtered, sorted and paged, all in its address', async () => {
    for (let index = 0; index < PAGE_SIZE + 2; index += 1) {
      await newKey(world, `Zulu ${String(index).padStart(2, '0')}`, ['zulu']);
    }
    const { tab, faults, go } = await openAs(browser, world);
    await go('/keys');
    await tab.getByRole('link', { name: 'Zulu 51' }).waitFor();
    await tab.keyboard.press('/');
    await tab.keyboard.type('Zulu');
    await tab.waitForURL(/search=Zulu/);
    await tab.getByText(`${PAGE_SIZE} keys on this page`).waitFor();
    await tab.getByRole('button', { name: 'Next page' }).click();
    await tab.getByText('2 keys', { exact: true }).waitFor();
    await tab.getByRole('button', { name: 'Previous page' }).click();
    await tab.getByText(`${PAGE_SIZE} keys on this page`).waitFor();
    await tab.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
    await tab.waitForURL(/sort=name/);
    await tab.getByRole('link', { name: 'Zulu 00' }).waitFor();
    await tab.getByLabel('State').selectOption('revoked');
    await tab.getByText('No key matches').waitFor();
    await tab.reload();
    await tab.getByText('No key matches').waitFor();
    expect(await tab.getByRole('searchbox').inputValue()).toBe('Zulu');
    await tab.getByRole('button', { name: 'Clear filters' }).first().click();
    await tab.getByRole('link', { name: 'Zulu 51' }).waitFor();
    expect(faults).toEqual([]);
  });

  test('many keys are tagged, disabled and given links, each shown before it is done', async () => {
    for (const name of ['Bulk one', 'Bulk two']) await newKey(world, name, ['bulk']);
    const { tab, faults, go } = await openAs(browser, world);
    await go('/keys?tag=bulk');
    await tab.getByLabel('Select all on this page').check();
    await tab.getByText('2 keys selected').waitFor();
    await tab.getByRole('button', { name: 'Tag', exact: true }).click();
    await tab.getByLabel('Tags').fill('swept');
    await tab.getByText('2 will change').waitFor();
    await expectUsable(tab);
    await tab.getByRole('dialog').getByRole('button', { name: 'Tag', exact: true }).click();
    await tab.getByText('2 done').waitFor();
    await tab.getByRole('button', { name: 'Close' }).last().click();
    const { body } = await world.ask('GET', '/v1/keys?tag=swept');
    expect(body.items).toHaveLength(2);
    await tab.getByLabel('Select Bulk one').check();
    await tab.getByRole('button', { name: 'Rotate', exact: true }).click();
    await tab.getByText('1 will change').waitFor();
    await tab.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click();
    await tab.getByText(/\/claim#/).waitFor();
    await tab.getByRole('button', { name: 'Close' }).last().click();
    expect(await tab.content()).not.toContain('/claim#');
    expect(faults).toEqual([]);
  });

  test('security 18: names and reasons that look like code are shown, and do nothing', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const owner = '"><script>alert(2)</script>';
    const made = await world.ask('POST', '/v1/keys', { name, owner });
    const { tab, faults, go } = await openAs(browser, world);
    tab.on('dialog', (dialog) => faults.push(dialog.message()));
    await go(`/keys?search=${encodeURIComponent(made.body.key.id)}`);
    await tab.getByRole('link', { name }).click();
    await tab.getByRole('heading', { name }).waitFor();
    await tab.getByRole('link', { name: owner }).waitFor();
    await tab.getByRole('tab', { name: 'Events' }).click();
    await tab.getByText('key.created').waitFor();
    expect(await tab.locator('main img, main script').count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

async function newKey(world: AdminWorld, name: string, tags: readonly string[] = []) {
  const { body } = await world.ask('POST', '/v1/keys', { name, tags, scopes: ['reports:read'] });
  return body;
}

async function verified(world: AdminWorld, plaintext: string, address?: string) {
  const { body } = await world.ask('POST', '/v1/keys/verify', { plaintext, address });
  return body;
}

/** Presses a button of a rotation, and then that of the dialog that says what it does. */
async function decide(tab: Tab, verb: string): Promise<void> {
  await tab.getByRole('button', { name: verb, exact: true }).click();
  await tab.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
}

async function act(tab: Tab, name: string): Promise<void> {
  await tab.getByRole('button', { name: 'More' }).click();
  await tab.getByRole('menuitem', { name }).click();
  await tab.getByRole('dialog').getByRole('button', { name }).click();
}

/** Neither in the page, nor in its address, what it keeps, or what it has read. */
async function expectNowhere(tab: Tab, secret: string): Promise<void> {
  expect(await tab.content()).not.toContain(secret);
  expect(tab.url()).not.toContain(secret);
  const kept = await tab.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, document.cookie])',
  );
  expect(kept).not.toContain(secret);
}
