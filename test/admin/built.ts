import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildPackage } from '../docs/built.js';
import { root } from '../docs/page.js';

/** Builds the package once for the run, with the admin pages in it as their sources are now. */
export function setup(project: TestProject): () => void {
  const { folder, remove } = buildPackage();
  const target = join(folder, 'dist/admin');
  execFileSync(process.execPath, ['scripts/admin/main.js', target], { cwd: root, stdio: 'pipe' });
  project.provide('builtPackage', folder);
  return remove;
}
