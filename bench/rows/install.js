import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MB = 1e6;

/**
 * @typedef {{ dev?: boolean, devOptional?: boolean, peer?: boolean,
 *   dependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }} Locked
 */

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'install',
  title: 'What `npm install keyturn` brings',
  loadGenerator: '',
  setting: {},
  async run() {
    const packages = productionPackages();
    const brought = packages.filter(({ locked }) => bringsOthers(locked)).length;
    const packedBytes = bytesPacked();
    const bytes = packages.reduce(
      (sum, { path }) => sum + bytesUnder(join(ROOT, path)),
      packedBytes,
    );
    const names = packages.map(({ path }) => path.replace('node_modules/', ''));
    const counted = { against: 'package-lock.json', unit: /** @type {const} */ ('packages') };
    return [
      {
        id: 'packages',
        what: 'packages of a production install, with Keyturn itself',
        ...counted,
        ...counts(packages.length + 1, 8),
        note: `${names.join(', ')}; optional peers come only where they are asked for`,
      },
      {
        id: 'with-dependencies',
        what: 'packages among them that have dependencies of their own',
        ...counted,
        ...counts(brought, 0),
      },
      {
        id: 'size',
        what: 'what they take on the disk',
        against: `Keyturn itself: ${(packedBytes / MB).toFixed(1)} MB`,
        unit: 'MB',
        value: bytes / MB,
        spread: null,
        goal: null,
        rounds: [bytes / MB],
      },
    ];
  },
};

/** @param {number} value @param {number} atMost */
function counts(value, atMost) {
  return { value, spread: null, goal: { atMost }, rounds: [value] };
}

/** @returns {{ path: string, locked: Locked }[]} */
function productionPackages() {
  /** @type {{ packages: Record<string, Locked> }} */
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional, peer }]) => path !== '' && !dev && !devOptional && !peer)
    .map(([path, locked]) => ({ path, locked }));
}

/** @param {Locked} locked */
function bringsOthers({ dependencies, optionalDependencies }) {
  return Object.keys({ ...dependencies, ...optionalDependencies }).length > 0;
}

/** What our own package takes once unpacked. */
function bytesPacked() {
  const arguments_ = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const text = execFileSync('npm', arguments_, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return Number(JSON.parse(text)[0].unpackedSize);
}

/** @param {string} folder */
function bytesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
