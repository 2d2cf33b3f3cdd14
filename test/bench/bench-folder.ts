import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
// Types what is injected.
import type {} from '../docs/built.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['bench', 'scripts/report.js', 'package.json', 'package-lock.json'];

/** How a script of the benches ended. */
interface Ended {
  readonly exitCode: number;
  /** What it wrote, to either stream. */
  readonly said: string;
}

/** The benches, beside the package as it is built from the sources now. */
export interface BenchFolder {
  readonly path: string;
  readonly run: (
    script: string,
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
  ) => Promise<Ended>;
  readonly remove: () => void;
}

/** Copies the benches, so that nothing a test does is seen in the repository. */
export function copyBenches(): BenchFolder {
  const path = mkdtempSync(join(tmpdir(), 'keyturn-bench-test-'));
  for (const name of COPIED) cpSync(join(root, name), join(path, name), { recursive: true });
  for (const name of ['dist', 'node_modules']) {
    symlinkSync(join(inject('builtPackage'), name), join(path, name));
  }
  return {
    path,
    run: (script, args, env = {}) =>
      new Promise((resolve) => {
        const options = { cwd: path, env: { ...process.env, ...env } };
        const all = [join('bench', script), ...args];
        const child = execFile(process.execPath, all, options, (_fault, stdout, stderr) =>
          resolve({ exitCode: child.exitCode ?? -1, said: `${stdout}${stderr}` }),
        );
      }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
