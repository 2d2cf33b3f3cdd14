import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin']; // Not on every user's PATH.

/**
 * Where a program of the machine is; skips the test, saying what to install, where it is not. In CI
 * a skipped test fails the run.
 */
export function programOrSkip(
  ctx: Pick<TestContext, 'skip'>,
  name: string,
  debianPackage: string,
): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  return found ?? ctx.skip(`No ${name} here: apt-get install ${debianPackage}`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
