// Installs the peers in a folder of their own, outside the repository, when they are asked for.
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from './folder.js';

const INSTALL_MS = 300_000;
const BETTER_AUTH = '1.7.5';
const SHARED = ['kysely@0.28', '@photostructure/sqlite@1.2.1'];

/**
 * A peer: its script is `bench/peers/<name>.js`. What is named in `wants` is installed for it, in
 * a folder that goes when the bench ends; its version is that of the first. `usedSql` counts the
 * keys whose use it has stored.
 */
const peers = [
  {
    name: 'better-auth',
    wants: ['better-auth', '@better-auth/api-key', '@better-auth/core'].map(
      (name) => `${name}@${BETTER_AUTH}`,
    ),
    usedSql: 'select count(*) as used from apikey where lastRequest is not null',
  },
  {
    name: 'keypal',
    // A registry may have no keypal; then name a packed file of it.
    wants: [process.env['KEYTURN_BENCH_KEYPAL'] ?? 'keypal@0'],
    usedSql: `select count(*) as used from apikey where metadata ->> 'lastUsedAt' is not null`,
  },
];

/** @typedef {{ name: string, version: string, script: string, usedSql: string }} Peer */

/** @returns {Promise<{ present: Peer[], absent: string[] }>} */
export async function installPeers() {
  /** @type {Peer[]} */
  const present = [];
  /** @type {string[]} */
  const absent = [];
  for (const { name, wants, usedSql } of peers) {
    const peer = await install(name, wants).catch((error) => {
      console.log(`  ${name} cannot be installed: ${firstFault(error)}`);
    });
    if (peer) present.push({ ...peer, usedSql });
    else absent.push(name);
  }
  return { present, absent };
}

/** @param {string} name @param {readonly string[]} wants */
async function install(name, wants) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--save-exact'];
  await promisify(execFile)('npm', ['install', ...flags, ...wants, ...SHARED], {
    cwd: folder,
    timeout: INSTALL_MS,
  });
  for (const part of ['measure', 'targets', 'peers']) {
    cpSync(fileURLToPath(new URL(`../${part}`, import.meta.url)), join(folder, part), {
      recursive: true,
    });
  }
  const installed = join(folder, 'node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(installed, 'utf8'));
  return { name, version, script: pathToFileURL(join(folder, 'peers', `${name}.js`)).href };
}

/** @param {unknown} error */
function firstFault(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').find((line) => /npm error/i.test(line)) ?? text.split('\n')[0];
}
