import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answererOf, shareOf } from '../../src/http/app.js';
import { documentRoutes } from '../../src/http/manage/documents.js';
import { routes } from '../../src/http/routes.js';
import { siteAt } from '../../src/http/site.js';
import { silentLog } from '../../src/ports.js';
import type { Keyturn } from '../../src/public.js';
import { type Got, readAnswer } from './world.js';

/** The files of a small site, as the build lays a large one out. */
const FILES: Readonly<Record<string, string>> = {
  'index.html': '<title>First</title>',
  'codes.html': '<title>Codes</title>',
  'codes/unknown.html': '<title>Unknown</title>',
  'start/server.html': '<title>Server</title>',
  '404.html': '<title>None</title>',
  '404/below.html': '<title>None below</title>',
  'assets/style-0123456789.css': 'main { color: red }',
  'assets/page-0123456789.js': 'void 0;',
  'assets/index-0123456789.json': '{}',
  'assets/icon-0123456789.svg': '<svg/>',
  'assets/notes.txt': 'of a type that nobody sends',
};

/** A folder with a small site in it, beside a file that is none of it. */
export interface SiteFolder {
  readonly path: string;
  readonly remove: () => void;
}

export function makeSiteFolder(): SiteFolder {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-site-'));
  const path = join(folder, 'site');
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  writeFileSync(join(folder, 'secret.html'), 'a file beside the site');
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Asks a Keyturn that serves the site in this folder, as a host hands requests on. */
export function askerOf(keyturn: Keyturn, folder: string) {
  const table = documentRoutes(() => routes, siteAt(folder));
  const answer = answererOf(shareOf(keyturn, silentLog), table);
  return async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Got> => {
    const request = new Request(new URL('http://keyturn.test'), { headers });
    return readAnswer(await answer(request, { peer: '127.0.0.1', rawTarget: path }));
  };
}
