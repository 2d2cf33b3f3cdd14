import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Shell } from '../cli/command-line.js';
import { chromiumAbsence, startChromium } from '../setup/chromium.js';
import { addressOf, type BuiltSite, buildSite } from './built-site.js';
import { allPages } from './page.js';

const ORIGIN = 'http://keyturn.test';
// Mounted as a guide says, where nobody expects it.
const MOUNTED = `
import express from 'express';
import { createKeyturn } from 'keyturn';
import { mountKeyturn } from 'keyturn/express';
const app = express();
app.use('/some/where', mountKeyturn(await createKeyturn({ database: 'memory:' })));
const server = app.listen(0, '127.0.0.1', () => {
  console.log('is ready: http://127.0.0.1:' + server.address().port);
});
`;

let site: BuiltSite;
let pages: readonly (readonly [string, string])[];
beforeAll(async () => {
  site = await buildSite();
  pages = [...site.files].filter(([name]) => name.endsWith('.html'));
});
afterAll(() => site.remove());

describe('the site as it is built', () => {
  test('has a page for every page of docs/, and the list at the side leads to it', () => {
    const fromFirst = targetsIn('index.html');
    const fromDecisions = targetsIn('decisions.html');
    const told = allPages().filter(({ path }) => path.startsWith('docs/'));
    for (const { path } of told.filter((page) => page.path !== 'docs/README.md')) {
      const address = `/${path}`.replace(/(?:\/README)?\.md$/, '');
      const isCode = address.startsWith('/docs/codes/'); // Listed where codes are read.
      const list = address.startsWith('/docs/decisions/') ? fromDecisions : fromFirst;
      expect(site.files.has(`${address.slice('/docs/'.length)}.html`), path).toBe(true);
      if (!isCode) expect(list, path).toContain(address);
    }
    expect(fromFirst).toContain('/docs/decisions');
  });

  test('calls each page in the list at the side by words that say enough by themselves', () => {
    const list = /<nav.*?<\/nav>/s.exec(site.files.get('index.html') ?? '')?.[0] ?? '';
    const labels = [...list.matchAll(/<a [^>]*>([^<]+)<\/a>/g)].map(([, label = '']) =>
      label.trim(),
    );
    expect(labels).toContain('Behind nginx');
    expect(labels).toContain('Deliver to a Kubernetes Secret');
    expect(labels.filter((label) => /^[a-z]/.test(label))).toEqual([]);
    expect(labels.indexOf('Deliver to a place of your own kind')).toBeLessThan(
      labels.indexOf('Who is told what, and when'),
    );
  });

  test('has no link that leads nowhere', () => {
    const idsOf = new Map(pages.map(([name, text]) => [addressOf(name), idsIn(text)]));
    const assets = new Set([...site.files.keys()].map((name) => `/docs/${name}`));
    const broken = pages.flatMap(([name, text]) =>
      linksIn(text)
        .filter((link) => !/^https?:|^mailto:/.test(link))
        .filter((link) => {
          if (link.startsWith('/')) return true; // It would hold at one mount path alone.
          const { pathname, hash } = new URL(link, `${ORIGIN}${addressOf(name)}`);
          const ids = idsOf.get(pathname);
          if (ids === undefined) return hash !== '' || !assets.has(pathname);
          return hash !== '' && !ids.has(decodeURIComponent(hash.slice(1)));
        })
        .map((link) => `${name}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test('security 18: asks nobody else for anything, and has nothing inline', () => {
    for (const [name, text] of pages) {
      expect(text, name).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|<[^>]+\son[a-z]+=/);
      const loaded = [...text.matchAll(/<(?:script|link|img|iframe)[^>]*?(?:src|href)="([^"]*)"/g)];
      expect(loaded.length, name).toBeGreaterThan(0);
      for (const [, address] of loaded) expect(address).toMatch(/^(?:\.\.\/|docs\/)*assets\//);
    }
    for (const [name, text] of site.files) {
      if (name.endsWith('.css')) expect(text, name).not.toMatch(/url\(|@import/);
    }
  });

  test('shows code in colours that were chosen when it was built', () => {
    expect(site.files.get('guides/express.html')).toContain('<span class="hljs-keyword">import');
  });
});

describe.skipIf(chromiumAbsence() !== undefined)('the site in Chromium', () => {
  let browser: Browser;
  let serve: Shell;
  let url: string;
  beforeAll(async () => {
    serve = new Shell(join(site.package, 'dist/cli/main.js'));
    const env = { KEYTURN_DATABASE: 'memory:' };
    [browser, { url }] = await Promise.all([startChromium(), serve.serve([], { env })]);
  });
  afterAll(async () => {
    await browser?.close();
    await serve?.remove();
  });

  /** A tab, and what it must not do. */
  async function open(address: string, options: Parameters<Browser['newContext']>[0] = {}) {
    const context: BrowserContext = await browser.newContext(options);
    onTestFinished(() => context.close());
    const tab = await context.newPage();
    const faults: string[] = [];
    const { origin } = new URL(address);
    tab.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) faults.push(`asked ${request.url()}`);
    });
    tab.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text()); // Violations of the policy too.
    });
    tab.on('pageerror', (error) => faults.push(error.message));
    await tab.goto(address, { waitUntil: 'load' });
    return { tab, faults };
  }

  test('a word is searched for, and the hit leads to its place, with the keyboard alone', async () => {
    const { tab, faults } = await open(`${url}/docs`);
    await search(tab, 'better-auth');
    expect(await tab.locator('#search-said').textContent()).toMatch(/^\d+ hits$/);
    await tab.keyboard.press('Enter');
    await tab.waitForURL(`${url}/docs/guides/from-better-auth*`);
    expect(await tab.locator('h1').textContent()).toBe('Coming from better-auth');
    await search(tab, 'nowordlikethis');
    expect(await tab.locator('#search-said').textContent()).toMatch(/^Nothing found/);
    await tab.keyboard.press('Escape');
    expect(await tab.locator('#search').isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  test('works where it is mounted', async () => {
    writeFileSync(join(site.package, 'mounted.mjs'), MOUNTED);
    const host = new Shell(join(site.package, 'mounted.mjs'));
    onTestFinished(() => host.remove());
    const { url: mounted } = await host.serve();
    const { tab, faults } = await open(`${mounted}/some/where/docs`);
    await search(tab, 'insufficient_scope');
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Enter');
    await tab.waitForURL(`${mounted}/some/where/docs/**`);
    await tab.locator('.logo').click();
    await tab.waitForURL(`${mounted}/some/where/docs`);
    expect(await tab.locator('h1').textContent()).toBe("Keyturn's documentation");
    expect(faults).toEqual([]);
  });

  test.each(['', '/guides/express', '/reference/errors'])(
    'axe finds nothing on /docs%s, light and wide, or dark and narrow',
    async (path) => {
      for (const [colorScheme, width] of [
        ['light', 1280],
        ['dark', 360],
      ] as const) {
        const viewport = { width, height: 800 };
        const { tab, faults } = await open(`${url}/docs${path}`, { colorScheme, viewport });
        const { violations } = await new AxeBuilder({ page: tab }).analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
        expect(faults).toEqual([]);
      }
    },
  );

  test('no page is wider than 360 px', async () => {
    const { tab, faults } = await open(`${url}/docs`, { viewport: { width: 360, height: 700 } });
    for (const [name] of pages.filter(([file]) => !file.startsWith('404'))) {
      await tab.goto(url + addressOf(name), { waitUntil: 'domcontentloaded' });
      expect(await tab.evaluate('document.documentElement.scrollWidth'), name).toBe(360);
    }
    expect(faults).toEqual([]);
  });

  test('a narrow page keeps its list behind a button, and a chosen scheme is kept', async () => {
    const { tab, faults } = await open(`${url}/docs`, { viewport: { width: 360, height: 700 } });
    const list = tab.locator('#pages');
    expect(await list.isVisible()).toBe(false);
    await tab.locator('.menu').click();
    await list.getByText('Express', { exact: true }).click();
    await tab.waitForURL(`${url}/docs/guides/express`);
    await tab.locator('#theme').click();
    await tab.locator('#theme').click();
    await tab.reload();
    expect(await tab.locator('html').getAttribute('data-scheme')).toBe('dark');
    expect(faults).toEqual([]);
  });
});

async function search(tab: Tab, words: string): Promise<void> {
  await tab.keyboard.press('/');
  await tab.locator('#search-words').fill(words);
  await tab.locator('#search-said:not(:empty)').waitFor();
}

function linksIn(html: string): readonly string[] {
  return [...html.matchAll(/\shref="([^"]*)"/g)].map((match) => match[1] ?? '');
}

function idsIn(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1] ?? ''));
}

/** Where the links of a file of the site lead, without their fragments. */
function targetsIn(name: string): readonly string[] {
  const links = linksIn(site.files.get(name) ?? '');
  return links.map((link) => new URL(link, `${ORIGIN}${addressOf(name)}`).pathname);
}
