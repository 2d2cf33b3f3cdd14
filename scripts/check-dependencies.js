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
const addressed = Object.entries(lock.packages).filter(
  ([, { resolved }]) => resolved !== undefined,
);

const faults = wanted.flatMap((name) => faultsOf(name, lock.packages[`node_modules/${name}`]));
if (installed.length > MAX_PACKAGE_COUNT) {
  const list = installed.join(', ');
  faults.push(
    `production installs ${installed.length} packages, at most ${MAX_PACKAGE_COUNT}: ${list}`,
  );
}
if (addressed.length > 0) {
  faults.push(
    `package-lock.json holds ${addressed.length} download addresses; .npmrc turns them off`,
  );
}
report(
  'check:dependencies',
  faults,
  'Choose a package without dependencies, or make it an optional peer that is loaded on use.',
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
