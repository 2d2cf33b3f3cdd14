import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
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
const LINKED = [
  'keyturn',
  'express',
  'fastify',
  'hono',
  '@hono/node-server',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  'reflect-metadata',
  'pg',
  '@photostructure/sqlite',
];
const INSTALL = /^npm install (.+)$/gm;
const CLONED = 'npm ci && '; // What CI does before any test.

/** A reader's own machine: a folder, free ports, a database, and Keyturn as it was built. */
export interface Place {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** The PostgreSQL database, where there is one. */
  readonly databaseUrl: string | undefined;
  /** For `keyturn serve`, which shares this machine with other readers. */
  readonly serverPort: string;
  /** A text of a page, with what is this reader's own. */
  readonly own: (text: string) => string;
  readonly leave: () => Promise<void>;
}

/** What a place has. */
export interface Needs {
  /** A clone after `npm ci`, instead of an application that installed the package. */
  readonly isClone: boolean;
  readonly hasPostgres: boolean;
  /** Packages that the page installs itself, and so does not find. */
  readonly installs?: readonly string[];
}

/** What whoever follows a page needs. */
export function needsOf(pageText: string): Needs {
  return {
    isClone: pageText.includes(CLONED),
    hasPostgres: pageText.includes(POSTGRES),
    installs: [...pageText.matchAll(INSTALL)].flatMap(([, names = '']) => names.split(' ')),
  };
}

/** Makes a place. */
export async function findPlace(needs: Needs): Promise<Place> {
  const { isClone, hasPostgres, installs = [] } = needs;
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-docs-')));
  const folder = join(home, 'keyturn');
  const bin = join(folder, 'node_modules/.bin');
  if (isClone) linkClone(folder);
  else linkPackages(folder, installs);
  linkPrograms(bin);
  if (installs.length > 0)
    standIn(bin, 'npm', [join(root, 'node_modules'), inject('builtPackage')]);
  const ports = await Promise.all(PORTS.map(async (port) => [port, await freePort()] as const));
  const database = hasPostgres ? await createDatabase() : undefined;
  const own = (text: string) => {
    let mine = text.replaceAll(FOLDER, folder).replaceAll(USER, userInfo().username);
    mine = mine.replaceAll(CLONED, '');
    for (const [shown, port] of ports) mine = mine.replaceAll(shown, port);
    return database === undefined ? mine : mine.replaceAll(POSTGRES, database.url);
  };
  const serverPort = own(SERVER_PORT);
  return {
    folder,
    own,
    serverPort,
    databaseUrl: database?.url,
    env: envOf(home, bin),
    leave: () => leave(home, database),
  };
}

/** As `npm install keyturn`, with the packages that pages use, would have left it. */
function linkPackages(folder: string, without: readonly string[]): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of LINKED.filter((one) => !without.includes(one))) {
    const target = join(modules, name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(
      name === 'keyturn' ? inject('builtPackage') : join(root, 'node_modules', name),
      target,
    );
  }
}

/** As `npm ci` leaves a clone: built, with every package. */
function linkClone(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of ['package.json', 'dist']) {
    cpSync(join(inject('builtPackage'), name), join(folder, name), { recursive: true });
  }
  for (const name of ['scripts', 'examples']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of readdirSync(join(root, 'node_modules')).filter((one) => one[0] !== '.')) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}

function linkPrograms(bin: string): void {
  mkdirSync(bin, { recursive: true });
  symlinkSync(join(inject('builtPackage'), 'dist/cli/main.js'), join(bin, 'keyturn'));
  symlinkSync(process.execPath, join(bin, 'node'));
  if (!hasProgram('curl')) standIn(bin, 'curl', []);
}

function standIn(bin: string, name: string, first: readonly string[]): void {
  const words = [join(root, `test/docs/stand-in-${name}.js`), ...first].map((word) => `'${word}'`);
  writeFileSync(join(bin, name), `#!/bin/sh\nexec node ${words.join(' ')} "$@"\n`, { mode: 0o755 });
}

function hasProgram(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, name)));
}

function envOf(home: string, bin: string): NodeJS.ProcessEnv {
  const path = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter);
  return { PATH: path, HOME: home, TMPDIR: tmpdir(), LC_ALL: 'C.UTF-8', NO_COLOR: '1' };
}

async function leave(home: string, database: TestDatabase | undefined): Promise<void> {
  rmSync(home, { recursive: true, force: true });
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
