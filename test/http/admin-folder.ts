import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { adminFilesAt } from '../../src/http/admin-files.js';
import { answererOf, shareOf } from '../../src/http/app.js';
import { adminRoutes } from '../../src/http/manage/admin.js';
import { silentLog } from '../../src/ports.js';
import type { Keyturn } from '../../src/public.js';

/** The script in it, as it runs. */
export const SCRIPT = 'void "the script of the pages";';

/** A folder with small admin pages in it, as the build lays them out, beside a file that is none. */
export interface AdminFolder {
  readonly path: string;
  readonly remove: () => void;
}

export function makeAdminFolder(): AdminFolder {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-admin-'));
  const path = join(folder, 'admin');
  mkdirSync(join(path, 'assets'), { recursive: true });
  const shell = `<meta name="keyturn-base" content="%KEYTURN_BASE%"><script src="./assets/index-abc.js"></script>`;
  writeFileSync(join(path, 'index.html'), shell);
  writeFileSync(join(path, 'assets/index-abc.js'), SCRIPT);
  writeFileSync(join(path, 'assets/index-abc.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(path, 'assets/index-abc.js.gz'), gzipSync(SCRIPT));
  writeFileSync(join(path, 'assets/small-abc.css'), 'a { color: red }');
  writeFileSync(join(path, 'assets/notes.txt'), 'of a type that nobody sends');
  writeFileSync(join(folder, 'secret.js'), 'a file beside the pages');
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Asks a Keyturn that serves the pages in this folder, as a host hands requests on. */
export function askerOf(keyturn: Keyturn, folder: string) {
  const answer = answererOf(shareOf(keyturn, silentLog), adminRoutes(adminFilesAt(folder)));
  return (target: string, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(new URL('http://keyturn.test'), init);
    return answer(request, { peer: '127.0.0.1', rawTarget: target });
  };
}
