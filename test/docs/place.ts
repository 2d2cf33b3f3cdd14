import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { inject } from 'vitest';
import { createDatabase, type TestDatabase } from '../setup/postgres.js';
// Types what is injected.
import type {} from './built.js';
import { root } from './page.js';

// What the pages say, where every reader has something of their own.
const SERVER_PORT = '8787'; // Where `keyturn serve` listens unless it is told otherwise.
const PORTS = [SERVER_PORT, '8788', '3000'];
const POSTGRES = 'postgres://keyturn@127.0.0.1:5432/keyturn';
const FOLDER = '/srv/app';
const USER = /\bkim\b/g;
const LINKED = ['express', 'pg', '@photostructure/sqlite'];

/** A reader's own machine: a folder, free ports, a database, and Keyturn as it was built. */
export interface Place {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** For `keyturn serve`, which shares this machine with other readers. */
  readonly serverPort: string;
  /** A text of a page, with what is this reader's own. */
  readonly own: (text: string) => string;
  readonly leave: () => Promise<void>;
}

/** Makes a place; with a PostgreSQL only where the page speaks of one. */
export async function findPlace(pageText: string): Promise<Place> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-docs-')));
  const bin = join(folder, '.bin');
  linkPackages(folder, bin);
  const ports = await Promise.all(PORTS.map(async (port) => [port, await freePort()] as const));
  const database = pageText.includes(POSTGRES) ? await createDatabase() : undefined;
  const own = (text: string) => {
    let mine = text.replaceAll(FOLDER, folder).replaceAll(USER, userInfo().username);
    for (const [shown, port] of ports) mine = mine.replaceAll(shown, port);
    return database === undefined ? mine : mine.replaceAll(POSTGRES, database.url);
  };
  const serverPort = own(SERVER_PORT);
  return { folder, own, serverPort, env: envOf(folder, bin), leave: () => leave(folder, database) };
}

/** As `npm install keyturn express pg` would have left it. */
function linkPackages(folder: string, bin: string): void {
  const modules = join(folder, 'node_modules');
  for (const path of [bin, join(modules, '@photostructure')]) mkdirSync(path, { recursive: true });
  const built = inject('builtPackage');
  symlinkSync(built, join(modules, 'keyturn'));
  for (const name of LINKED) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  symlinkSync(join(built, 'dist/cli/main.js'), join(bin, 'keyturn'));
  symlinkSync(process.execPath, join(bin, 'node'));
  if (!hasProgram('curl')) {
    const call = `#!/bin/sh\nexec node '${join(root, 'test/docs/stand-in-curl.js')}' "$@"\n`;
    writeFileSync(join(bin, 'curl'), call, { mode: 0o755 });
  }
}

function hasProgram(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, name)));
}

function envOf(folder: string, bin: string): NodeJS.ProcessEnv {
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter);
  return { PATH: path, HOME: folder, TMPDIR: tmpdir(), LC_ALL: 'C.UTF-8', NO_COLOR: '1' };
}

async function leave(folder: string, database: TestDatabase | undefined): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await database?.drop();
}

function freePort(): Promise<string> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(String(port)));
    });
  });
}
