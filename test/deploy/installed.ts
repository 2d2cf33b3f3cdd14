import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
// Types what is injected.
import type {} from '../docs/built.js';
import { root } from '../docs/page.js';

/** Keyturn as it is installed to run: built, with what it needs at run time and no more. */
export interface Installed {
  /** Everybody can read it, and nobody but root write it. */
  readonly folder: string;
  /** The program that `bin` names. */
  readonly program: string;
  readonly remove: () => void;
}

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Installs Keyturn with PostgreSQL's driver and hash-wasm, as the Dockerfile does. */
export function install(): Installed {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-installed-'));
  chmodSync(folder, 0o755);
  for (const name of ['package.json', 'dist']) {
    cpSync(join(inject('builtPackage'), name), join(folder, name), { recursive: true });
  }
  for (const path of productionPackages()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  const program = join(folder, 'dist/cli/main.js');
  return { folder, program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function productionPackages(): ReadonlySet<string> {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const { packages }: { packages: Readonly<Record<string, Locked>> } = JSON.parse(text);
  const own = Object.entries(packages)
    .filter(([path, { dev, devOptional, peer }]) => path !== '' && !dev && !devOptional && !peer)
    .map(([path]) => path);
  const paths = new Set([...own, 'node_modules/pg', 'node_modules/hash-wasm']);
  // The image has a Node that brings its own SQLite; the one of the tests may be older.
  if (!isBuiltin('node:sqlite')) paths.add('node_modules/@photostructure/sqlite');
  for (const path of paths) {
    for (const name of Object.keys(packages[path]?.dependencies ?? {})) {
      paths.add(`node_modules/${name}`);
    }
  }
  return paths;
}
