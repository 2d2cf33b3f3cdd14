import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { expectUsable, openAs, openTab, signIn } from './tab.js';
import { type AdminWorld, openAdmin, PASSWORD, stores } from './world.js';

describe.skipIf(chromiumAbsence() !== undefined).each(stores)('signing in, on $store', (at) => {
  let browser: Browser;
  let world: AdminWorld;
  beforeAll(async () => {
    [browser, world] = await Promise.all([startChromium(), openAdmin(at)]);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  test('leads back to where one was, by the keyboard alone', async () => {
    const { tab, faults, go } = await openTab(browser, world);
    await go('/keys?state=revoked');
    await tab.waitForURL(/\/admin\/sign-in/);
    await tab.getByLabel('E-mail address').waitFor();
    await tab.keyboard.press('Tab');
    await tab.keyboard.type(world.admin.email);
    await tab.keyboard.press('Tab');
    await tab.keyboard.type(world.admin.password);
    await tab.keyboard.press('Enter');
    await tab.waitForURL(/\/admin\/keys\?state=revoked$/);
    await tab.getByText('No key matches').waitFor();
    await expectUsable(tab);
    expect(faults).toEqual([]);
  });

  test('security 19: says the same of an unknown address and of a wrong password', async () => {
    const { tab, go } = await openTab(browser, world);
    const said: string[] = [];
    for (const email of [world.admin.email, 'nobody@example.com']) {
      await go('/sign-in');
      await tab.getByLabel('Password').waitFor();
      await expectUsable(tab);
      await signIn(tab, { name: '', email, password: 'not the password' });
      said.push(await tab.getByRole('alert').innerText());
    }
    expect(said[0]).toMatch(/^This address and password/);
    expect(said[1]).toBe(said[0]);
  });

  test('leads nowhere else, whatever the address says', async () => {
    const { tab, go } = await openTab(browser, world);
    for (const to of [
      '//evil.example/x',
      'https://evil.example',
      '/\\evil.example',
      'javascript:1',
    ]) {
      await go(`/sign-in?to=${encodeURIComponent(to)}`);
      await signIn(tab, world.admin);
      await tab.waitForURL(/\/admin\/overview/);
      await tab.context().clearCookies();
    }
  });

  test('an invitation makes an account, and its token is nowhere after', async () => {
    const { url } = await world.invite('operator');
    const { tab, faults } = await openTab(browser, world);
    await tab.goto(url);
    await tab.getByLabel('Your name').fill('Otto Operator');
    expect(tab.url()).not.toContain('#');
    await expectUsable(tab);
    await tab.getByLabel('New password').fill(PASSWORD);
    await tab.getByLabel('The same again').fill(`${PASSWORD}!`);
    await tab.getByText('The two are not the same.').waitFor();
    await tab.getByLabel('The same again').fill(PASSWORD);
    await tab.keyboard.press('Enter');
    await tab.waitForURL(/\/admin\/overview/);
    await tab.getByText('Otto Operator').waitFor();
    expect(faults).toEqual([]);
  });

  test('signing out leaves nothing behind, in any tab', async () => {
    const { tab } = await openAs(browser, world);
    const other = await tab.context().newPage();
    await other.goto(`${world.url}/admin/keys`);
    await other.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    await tab.getByRole('button', { name: 'Your account' }).click();
    await tab.getByRole('menuitem', { name: 'Sign out' }).click();
    await tab.waitForURL(/\/admin\/sign-in/);
    await other.getByRole('searchbox').fill('anything');
    await other.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
  });

  test('a session that ends meanwhile asks to sign in again, and the page stays', async () => {
    const { tab, faults, go } = await openAs(browser, world);
    await go('/keys/new');
    await tab.getByLabel('Name').fill('Half typed');
    await tab.context().clearCookies();
    await tab.getByRole('button', { name: 'Create key' }).click();
    await tab.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
    await expectUsable(tab);
    await signIn(tab, world.admin);
    await tab.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await tab.getByLabel('Name').inputValue()).toBe('Half typed');
    expect(faults).toEqual([]);
  });

  test('a server that goes away and comes back is waited for', async () => {
    const { tab, go } = await openAs(browser, world);
    await go('/keys');
    await tab.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    await world.stop();
    await tab.getByRole('searchbox').fill('elsewhere');
    await tab.getByText('The server does not answer.').waitFor();
    await world.start();
    await tab.getByText('No key matches').waitFor();
    expect(await tab.getByText('The server does not answer.').count()).toBe(0);
  });
});
