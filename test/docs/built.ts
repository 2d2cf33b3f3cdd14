import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { compileSource } from '../setup/processes.js';
import { root } from './page.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the package as it is installed, built from the sources as they are now. */
    builtPackage: string;
  }
}

/** Builds the package once for the run: `dist` may be older, or be building. */
export function setup(project: TestProject): () => void {
  const { folder, remove } = buildPackage();
  project.provide('builtPackage', folder);
  return remove;
}

/** Builds the package into a folder of its own. */
export function buildPackage(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-package-'));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const names = readdirSync(join(root, 'src'), { recursive: true }).map(String);
  for (const name of names.filter((one) => one.endsWith('.ts') && !one.endsWith('.test.ts'))) {
    const target = join(folder, 'dist', name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, compileSource(name, readFileSync(join(root, 'src', name), 'utf8')));
  }
  chmodSync(join(folder, 'dist/cli/main.js'), 0o755);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
