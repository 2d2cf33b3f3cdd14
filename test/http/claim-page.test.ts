import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { tokenIn } from '../setup/claiming.js';
import { openWorld, type World } from './world.js';

describe.skipIf(chromiumAbsence() !== undefined)('the page of a claim on a phone', () => {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    world = await openWorld({ publicUrl: 'https://keys.example' });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser.close();
    await world.close();
  });

  async function linkOf(): Promise<string> {
    const { id } = await world.newKey();
    const body = { deliver: 'claim' };
    const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`, { body });
    return `${world.url}/claim#${tokenIn(json.claim.url)}`;
  }

  async function phone(permissions: readonly string[]): Promise<Page> {
    const viewport = { width: 360, height: 640 };
    const context = await browser.newContext({ viewport, permissions: [...permissions] });
    return context.newPage();
  }

  async function opened(tab: Page): Promise<void> {
    await tab.click('#open');
    await tab.waitForSelector('#after:not([hidden])');
  }

  test('says at the button that the secret is copied', async () => {
    const tab = await phone(['clipboard-read', 'clipboard-write']);
    await tab.goto(await linkOf());
    await opened(tab);
    await tab.click('#copy');
    await tab.waitForSelector('#copy:text-is("Copied")');
    expect(await tab.evaluate('navigator.clipboard.readText()')).toBe(await tab.innerText('#key'));
    expect(await tab.innerText('#copy-test')).toBe('Copy');
  });

  test('marks the secret where it may not copy it, and says so', async () => {
    const tab = await phone([]);
    const faults: Error[] = [];
    tab.on('pageerror', (fault) => faults.push(fault));
    await tab.goto(await linkOf());
    await opened(tab);
    await tab.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("no"))');
    await tab.click('#copy');
    await tab.waitForSelector('#copy:not(:text-is("Copy"))');
    expect(await tab.innerText('#copy')).toBe('Not copied: copy what is marked');
    expect(await tab.evaluate('String(getSelection())')).toBe(await tab.innerText('#key'));
    expect(faults).toEqual([]);
  });

  test('takes another link that is pasted over it', async () => {
    const tab = await phone([]);
    await tab.goto(await linkOf(), { waitUntil: 'networkidle' });
    await opened(tab);
    const first = await tab.innerText('#key');
    await tab.goto(await linkOf());
    await tab.waitForSelector('#before:not([hidden])');
    expect(await tab.content()).not.toContain(first);
    await tab.waitForSelector('#open:not([disabled])');
    expect(tab.url()).toBe(`${world.url}/claim`);
    await opened(tab);
    expect(await tab.innerText('#key')).not.toBe(first);
  });
});
