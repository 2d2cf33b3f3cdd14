import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import express from 'express';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type * as Guard from '../../src/guards/express.js';
import type * as Testing from '../../src/testing.js';
// Types what is injected.
import type {} from '../docs/built.js';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { type Listening, listen } from '../setup/listening.js';
import { expectUsable, openTab, signIn } from './tab.js';
import { PASSWORD, type Person } from './world.js';

const MOUNTED_AT = '/inside/keys';
const ELEVEN_MINUTES_MS = 660_000;

describe.skipIf(chromiumAbsence() !== undefined)('mounted in an Express application', () => {
  let browser: Browser;
  let server: Listening;
  let keyturn: Testing.TestKeyturn;
  let person: Person;
  beforeAll(async () => {
    const [testing, guard] = await Promise.all([
      ofPackage<typeof Testing>('testing.js'),
      ofPackage<typeof Guard>('guards/express.js'),
    ]);
    keyturn = await testing.createTestKeyturn();
    const app = express();
    app.use(MOUNTED_AT, guard.mountKeyturn(keyturn));
    app.use((_req, res) => {
      res.status(404).send('of the host');
    });
    [browser, server] = await Promise.all([startChromium(), listen(app)]);
    person = { name: 'Ada Keller', email: 'ada@example.com', password: PASSWORD };
    await accept(server.url, keyturn, person);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await keyturn?.close();
  });

  test('pages load all they need from below their path, and nothing from elsewhere', async () => {
    const { tab, faults, go } = await openTab(browser, { url: `${server.url}${MOUNTED_AT}` });
    const asked: string[] = [];
    tab.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await go('/keys');
    await signIn(tab, person);
    await tab.getByText('No keys yet').waitFor();
    await expectUsable(tab);
    expect(asked.filter((path) => !path.startsWith(`${MOUNTED_AT}/`))).toEqual([]);
    expect(faults).toEqual([]);
  });

  test('security 20: a secret is shown to nobody who has not confirmed for ten minutes', async () => {
    const { tab, faults, go } = await openTab(browser, { url: `${server.url}${MOUNTED_AT}` });
    await go('/keys/new');
    await signIn(tab, person);
    await tab.getByLabel('Name').fill('Late in the day');
    keyturn.clock.advanceMs(ELEVEN_MINUTES_MS);
    await tab.getByRole('button', { name: 'Create key' }).click();
    const dialog = tab.getByRole('dialog', { name: 'Confirm that it is you' });
    await dialog.waitFor();
    expect((await keyturn.keys.list()).items).toEqual([]);
    await expectUsable(tab);
    await dialog.getByLabel('Password').fill('not the password');
    await tab.keyboard.press('Enter');
    await dialog.getByText('This is not your password.').waitFor();
    await dialog.getByLabel('Password').fill(person.password);
    await tab.keyboard.press('Enter');
    const secret = await tab.getByLabel('The secret', { exact: true }).innerText();
    expect(await keyturn.verify({ plaintext: secret })).toMatchObject({ valid: true });
    expect((await keyturn.keys.list()).items).toHaveLength(1);
    expect(faults).toEqual([]);
  });
});

function ofPackage<Module>(name: string): Promise<Module> {
  return import(pathToFileURL(join(inject('builtPackage'), 'dist', name)).href);
}

/** Lets somebody in, as an invitation's page does. */
async function accept(url: string, keyturn: Testing.TestKeyturn, person: Person): Promise<void> {
  const { name, email, password } = person;
  const made = await keyturn.people.create({ name, email, role: 'admin' });
  const [, token] = made.invitation.url.split('#');
  const answer = await fetch(`${url}${MOUNTED_AT}/v1/invitation`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name, password }),
  });
  expect(answer.status).toBe(200);
}
