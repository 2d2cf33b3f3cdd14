import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
// Types what is injected.
import type {} from './built.js';
import { root } from './page.js';

/** The package as it is published: with the documentation's site in it. */
export interface BuiltSite {
  /** The package's folder. */
  readonly package: string;
  /** Every file of the site, by its name in it. */
  readonly files: ReadonlyMap<string, string>;
  readonly remove: () => void;
}

/** Builds the site as it is now, into a copy of the package. */
export async function buildSite(): Promise<BuiltSite> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-site-'));
  cpSync(inject('builtPackage'), folder, { recursive: true, verbatimSymlinks: true });
  const target = join(folder, 'dist/site');
  await promisify(execFile)(process.execPath, ['scripts/site/main.js', target], { cwd: root });
  const names = readdirSync(target, { recursive: true }).map((name) =>
    String(name).split(sep).join('/'),
  );
  const files = names.filter((name) => /\.\w+$/.test(name));
  return {
    package: folder,
    files: new Map(files.map((name) => [name, readFileSync(join(target, name), 'utf8')])),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Where a page stands, as a browser knows it: `index.html` is `/docs`. */
export function addressOf(name: string): string {
  return name === 'index.html' ? '/docs' : `/docs/${name.replace(/\.html$/, '')}`;
}
