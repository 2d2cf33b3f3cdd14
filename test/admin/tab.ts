import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page as Tab } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import type { AdminWorld, Person } from './world.js';

/** A tab of a browser's own, and what no page may do in it. */
export interface OpenTab {
  readonly tab: Tab;
  /** Requests to others, errors of the script, and what its policy has refused. */
  readonly faults: string[];
  /** Goes to an address below `/admin`. */
  readonly go: (path: string) => Promise<void>;
}

/** Opens a browser of somebody's own, at nothing yet. */
export async function openTab(
  browser: Browser,
  { url }: Pick<AdminWorld, 'url'>,
  options: BrowserContextOptions = {},
): Promise<OpenTab> {
  const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en', ...options });
  onTestFinished(() => context.close());
  const tab = await context.newPage();
  const faults: string[] = [];
  const { origin } = new URL(url);
  tab.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`asked ${request.url()}`);
  });
  tab.on('console', (message) => {
    const isFault = message.type() === 'error' && !message.text().startsWith('Failed to load');
    if (isFault) faults.push(message.text()); // What the policy refuses too.
  });
  tab.on('pageerror', (error) => faults.push(error.message));
  const go = async (path: string) => {
    await tab.goto(`${url}/admin${path}`);
  };
  return { tab, faults, go };
}

/** Opens a browser in which somebody has signed in, as people do. */
export async function openAs(
  browser: Browser,
  world: AdminWorld,
  { person, ...options }: BrowserContextOptions & { readonly person?: Person } = {},
): Promise<OpenTab> {
  const opened = await openTab(browser, world, options);
  await opened.go('/sign-in');
  await signIn(opened.tab, person ?? world.admin);
  await opened.tab.waitForURL(/\/admin\/overview/);
  return opened;
}

/** Types a mail address and a password, and presses Enter. */
export async function signIn(tab: Tab, { email, password }: Person): Promise<void> {
  await tab.getByLabel('E-mail address').fill(email);
  await tab.getByLabel('Password').fill(password);
  await tab.keyboard.press('Enter');
}

/** Everybody can use what is shown, and nothing of it stands out at the side. */
export async function expectUsable(tab: Tab): Promise<void> {
  const { violations } = await new AxeBuilder({ page: tab }).analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`);
  expect(told).toEqual([]);
  const beyond = await tab.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(beyond).toBeLessThanOrEqual(0);
}
