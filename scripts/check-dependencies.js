// Every run-time dependency has no dependencies of its own, so that what is installed is what is
// listed. Reads the lock file: it knows every version, and asks nobody.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report } from './report.js';
import { root } from './source.js';

const MAX_PACKAGE_COUNT = 8; // What a production install may hold, all told.

/**
 * @typedef {{ version: string, dev?: boolean, devOptional?: boolean, peer?: boolean,
 *   resolved?: string, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string>,
 *   peerDependenciesMeta?: Record<string, { optional?: boolean }> }} Locked
 */

/** @type {{ packages: Record<string, Locked> }} */
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const wanted = Object.keys(lock.packages['']?.dependencies ?? {});
const installed = Object.entries(lock.packages)
  .filter(([path, { dev, devOptional, peer }]) => path !== '' && !dev && !devOptional && !peer)
  .map(([path]) => path.replace('node_modules/', ''));

report(
  'check:dependencies',
  [
    ...wanted.flatMap((name) => faultsOf(name, lock.packages[`node_modules/${name}`])),
    ...tooMany(installed),
    ...holesInLock(),
    ...addressesInLock(),
  ],
  'Choose a package without dependencies (or make it an optional peer, loaded on use), in a version of which the registry has every part.',
);

/** @param {string} name @param {Locked | undefined} locked @returns {string[]} */
function faultsOf(name, locked) {
  if (locked === undefined) return [`${name} is not in package-lock.json. Run \`npm install\`.`];
  const brought = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies });
  const peers = Object.keys(locked.peerDependencies ?? {}).filter(
    (peer) => !locked.peerDependenciesMeta?.[peer]?.optional && !wanted.includes(peer),
  );
  return [...brought, ...peers].map((other) => `${name} ${locked.version} brings ${other}`);
}

/** @param {readonly string[]} names @returns {string[]} */
function tooMany(names) {
  if (names.length <= MAX_PACKAGE_COUNT) return [];
  const sum = `${names.length} packages, at most ${MAX_PACKAGE_COUNT}`;
  return [`production installs ${sum}: ${names.join(', ')}`];
}

/** A registry that lacks a platform's binary, for now or for good, leaves holes in the lock file. */
function holesInLock() {
  return Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {})
      .filter((name) => !isLocked(name, path))
      .map((name) => `package-lock.json lacks ${name}, of ${path}: \`npm ci\` will refuse it`),
  );
}

/** @param {string} name @param {string} dependent the path of what asks for it */
function isLocked(name, dependent) {
  const paths = [`node_modules/${name}`, `${dependent}/node_modules/${name}`];
  return paths.some((path) => path in lock.packages);
}

function addressesInLock() {
  return Object.entries(lock.packages)
    .filter(([, { resolved }]) => resolved !== undefined)
    .map(([path]) => `package-lock.json holds an address of ${path}; .npmrc turns them off`);
}
