import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, type Page, readPage, root } from './page.js';

/** They stand beside what they are about, and are on no site. */
const beside = ['bench', 'deploy', 'examples', 'integrations', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules')),
);
const pages = [...allPages(), ...beside.map(readPage)];
const anchorsOf = new Map(pages.map((page) => [page.path, anchorsIn(page)]));

test('every link of a page leads to a file, and to a heading in it', () => {
  expect(beside).toContain(join('integrations', 'README.md'));
  const broken = pages.flatMap((page) =>
    linksIn(page)
      .filter((link) => !isExternal(link) && !leadsSomewhere(page, link))
      .map((link) => `${page.path}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('every page can be reached from the first one', () => {
  const reached = new Set(['docs/README.md']);
  for (const path of reached) {
    for (const target of targetsOf(path)) reached.add(target);
  }
  const isDecision = (path: string) => path.startsWith('docs/decisions/');
  const lost = pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith('docs/') && !isDecision(path) && !reached.has(path));
  expect(lost).toEqual([]);
});

test('every page begins with what its reader can do after it', () => {
  const silent = pages.filter(({ path, text }) => {
    const isRecord = path.startsWith('docs/decisions/');
    const isPage = path.startsWith('docs/') && !isRecord;
    return isPage && !/^(?:<!--.*-->\n\n)?# .+\n\nAfter reading this /.test(text);
  });
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test('every decision record says what it must, in at most 60 lines', () => {
  const parts = [
    'Context',
    'Decision',
    'What it costs',
    'What was rejected',
    'What would change our mind',
  ];
  const records = pages.filter(({ path }) => /^docs\/decisions\/\d{4}-[a-z0-9-]+\.md$/.test(path));
  expect(records.length).toBeGreaterThan(0);
  for (const { path, text } of records) {
    expect(text.split('\n').length, path).toBeLessThanOrEqual(61);
    for (const part of parts) expect(text, path).toContain(`\n## ${part}\n`);
  }
});

function targetsOf(path: string): readonly string[] {
  const page = pages.find((one) => one.path === path);
  if (page === undefined) return [];
  const files = linksIn(page).filter((link) => !isExternal(link));
  return files.map((link) => fileOf(page, link)).filter((file) => anchorsOf.has(file));
}

function linksIn({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '`');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

function leadsSomewhere(page: Page, link: string): boolean {
  const file = fileOf(page, link);
  if (!existsSync(join(root, file))) return false;
  const [, anchor] = link.split('#');
  if (anchor === undefined) return true;
  if (statSync(join(root, file)).isDirectory()) return false;
  return anchorsOf.get(file)?.has(anchor) ?? false;
}

function fileOf({ path }: Page, link: string): string {
  const [file = ''] = link.split('#');
  return file === '' ? path : join(dirname(path), file);
}

function isExternal(link: string): boolean {
  return /^(?:https?:|mailto:)/.test(link);
}

/** As GitHub makes them of headings. */
function anchorsIn({ text }: Page): ReadonlySet<string> {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const titles = [...prose.matchAll(/^#{1,6} (.+)$/gm)].map((match) => match[1] ?? '');
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
