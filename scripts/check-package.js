// Packs the package as it would be published, and has publint and attw read the packed files.
// Packing runs no script: build first.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report } from './report.js';
import { root } from './source.js';

const folder = mkdtempSync(join(tmpdir(), 'keyturn-package-'));
const faults = packAndRead();
rmSync(folder, { recursive: true, force: true });
report('check:package', faults, 'What was found stands above.');

/** @returns {string[]} */
function packAndRead() {
  if (!ran('npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder)) {
    return ['npm pack failed'];
  }
  const [packed] = readdirSync(folder);
  if (packed === undefined) return ['npm pack wrote no file'];
  const file = join(folder, packed);
  const attw = ['--no-install', 'attw', file, '--profile', 'esm-only', '--format', 'ascii'];
  return [
    ...(ran('npx', '--no-install', 'publint', 'run', file, '--strict') ? [] : ['publint refuses']),
    ...(ran('npx', ...attw) ? [] : ['attw refuses']),
  ];
}

/** Says what the program said only where it refuses.
 * @param {string} program @param {readonly string[]} args
 */
function ran(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) console.error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return status === 0;
}
