import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packed = fileURLToPath(new URL('release-before.tgz', import.meta.url));
// Below node_modules, so that it finds the packages it needs; and finds itself by its own name.
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

/** The compiled command line of the release before, unpacked in a folder of its own. */
export function unpackReleaseBefore(): { readonly main: string; readonly remove: () => void } {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'release-before-'));
  execFileSync('tar', ['-xzf', packed, '-C', folder]);
  return {
    main: join(folder, 'package/dist/cli/main.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
