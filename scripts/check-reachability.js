// What is installed is not what is loaded: the static imports of an entry point reach no more than
// they must. Walks the built files, where imports of types are gone.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuse, report } from './report.js';
import { fromRoot, importsOf, parse, root } from './source.js';

const CHECK = 'check:reachability';
const REMEDY = 'Import it on use, with `await import(…)`, or as a type.';
// Pure. All faces read alike from where a request came and what they were told, and answer alike.
const SHARED_BY_GUARDS = [
  'dist/answer.js',
  'dist/errors.js',
  'dist/form.js',
  'dist/keys/scopes.js',
  'dist/nearest.js',
  'dist/ports.js',
  'dist/retiring.js',
  'dist/sender.js',
];
const LAZY_ROOMS = ['dist/http/', 'dist/cli/', 'dist/admin/', 'dist/guards/'];
const LAZY_PACKAGES = [
  'pg',
  '@photostructure/sqlite',
  '@aws-sdk/client-secrets-manager',
  'libsodium-wrappers',
  'node:sqlite',
  'hono',
  '@hono/node-server',
  'commander',
  'express',
  'fastify',
  '@nestjs/common',
  'next',
  'nodemailer',
  'openid-client',
  'mustache',
];
// What a guard's own framework is at run time; the others know theirs by its types alone.
/** @type {Readonly<Record<string, readonly string[]>>} */
const OWN_PACKAGES = { 'dist/guards/nestjs.js': ['@nestjs/common'] };

/** @type {{ exports: Record<string, string | { default: string }> }} */
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entryPoints = Object.values(manifest.exports)
  .map((target) => (typeof target === 'string' ? target : target.default))
  .filter((path) => path.endsWith('.js'));
const missing = entryPoints.filter((path) => !existsSync(join(root, path)));
if (missing.length > 0) {
  refuse(
    CHECK,
    `not built: ${missing.join(', ')}`,
    'Run `npm run build`; package.json names them.',
  );
}

const faults = entryPoints.flatMap((path) =>
  path.includes('/guards/') ? guardFaults(path) : libraryFaults(path),
);
report(CHECK, faults, REMEDY);

/** The library may reach its own rooms, but no face and no driver.
 * @param {string} entryPoint
 */
function libraryFaults(entryPoint) {
  return reachedFrom(entryPoint)
    .filter(
      ({ name }) =>
        LAZY_ROOMS.some((room) => name.startsWith(room)) ||
        LAZY_PACKAGES.some((one) => name === one || name.startsWith(`${one}/`)),
    )
    .map((found) => faultOf(entryPoint, found));
}

/** A guard may reach files of its own folder, what Node has, and the few files that are shared.
 * @param {string} entryPoint
 */
function guardFaults(entryPoint) {
  const own = join(entryPoint, '..');
  const allowed = [...SHARED_BY_GUARDS, ...(OWN_PACKAGES[fromRoot(join(root, entryPoint))] ?? [])];
  return reachedFrom(entryPoint)
    .filter(({ name }) => !name.startsWith(`${own}/`) && !name.startsWith('node:'))
    .filter(({ name }) => !allowed.includes(name))
    .map((found) => faultOf(entryPoint, found));
}

/** @param {string} entryPoint @param {{ name: string, path: readonly string[] }} found */
function faultOf(entryPoint, { name, path }) {
  return `${entryPoint} reaches ${name}: ${[...path, name].join(' → ')}`;
}

/** Every file and package that the static imports lead to, each with the way there.
 * @param {string} entryPoint
 */
function reachedFrom(entryPoint) {
  /** @type {Map<string, { name: string, path: readonly string[] }>} */
  const reached = new Map();
  /** @type {{ file: string, path: readonly string[] }[]} */
  const open = [{ file: join(root, entryPoint), path: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const path = [...next.path, fromRoot(next.file)];
    for (const target of staticImportsOf(next.file).filter((one) => !reached.has(one))) {
      const isFile = target.startsWith(root);
      reached.set(target, { name: isFile ? fromRoot(target) : target, path });
      if (isFile) open.push({ file: target, path });
    }
  }
  return [...reached.values()];
}

/** @param {string} file */
function staticImportsOf(file) {
  return importsOf(parse(file))
    .filter(({ isStatic }) => isStatic)
    .map(({ target }) => target);
}
