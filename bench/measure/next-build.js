// The application of targets/next-app, built by Next.js as for production.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './folder.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const APP = fileURLToPath(new URL('../targets/next-app/', import.meta.url));

/** @returns its folder, outside the repository */
export function builtNext() {
  const folder = temporaryFolder();
  cpSync(APP, folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  // As it is installed: what lies elsewhere would be bundled.
  for (const name of ['package.json', 'dist']) {
    cpSync(join(ROOT, name), join(modules, 'keyturn', name), { recursive: true });
  }
  // Its other compiler follows no link out of the folder.
  const args = [join(modules, 'next/dist/bin/next'), 'build', '--webpack'];
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };
  const ran = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`Next.js built nothing:\n${ran.stdout}${ran.stderr}`);
  return folder;
}
