import { cpSync, existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
// Types what is injected.
import type {} from './built.js';
import { root } from './page.js';

const INSTALLED = ['next', 'react', 'react-dom'];

/**
 * Makes a reader's folder the application of `examples/next`, as `npm install` leaves it: copied,
 * for Next.js reads nothing through a link that leads out of the folder.
 */
export function installNext(folder: string): void {
  const modules = join(folder, 'node_modules');
  cpSync(join(root, 'examples/next'), folder, { recursive: true });
  for (const name of withDependencies(INSTALLED)) {
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true });
  }
  rmSync(join(modules, 'keyturn')); // A link.
  for (const name of ['package.json', 'dist']) {
    cpSync(join(inject('builtPackage'), name), join(modules, 'keyturn', name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(modules, 'keyturn/node_modules'));
}

/** With what they need, and what they take where it is there: the compiler for this machine. */
function withDependencies(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (name: string) => {
    const file = join(root, 'node_modules', name, 'package.json');
    if (found.has(name) || !existsSync(file)) return;
    found.add(name);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'));
    for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) add(other);
  };
  for (const name of names) add(name);
  return found;
}
