import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, inject, onTestFinished } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
// Types what is injected.
import type {} from '../docs/built.js';
import { root } from '../docs/page.js';
import { HeldClock } from '../setup/held-clock.js';
import { jailed } from './jail.js';

const DAY_MS = 86_400_000;
const USER = 10_001; // Of the jail.

/** What a program said, on either stream, and what it ended with. */
export interface Said {
  readonly exit: number | null;
  readonly output: string;
}

/** The folder of a reader's project, with a database in which one key is due since yesterday. */
export interface DueProject {
  readonly folder: string;
  /** `KEYTURN_DATABASE`, and what finds programs; nothing of whoever runs the tests. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a program in the folder. */
  readonly run: (
    command: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<Said>;
  /** The secret that stands where the key is used. */
  readonly secret: () => string;
  /** The one that stood there at first. */
  readonly firstSecret: string;
}

/**
 * Makes one, for one test. `free`: the key's new secret is delivered to a file, by itself. `stuck`: it
 * would be handed over by a link, and no address is known that links could begin with, so that a
 * person is needed.
 */
export async function due(kind: 'free' | 'stuck'): Promise<DueProject> {
  const isStuck = kind === 'stuck';
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-due-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const file = join(folder, '.env');
  const database = `sqlite:${join(folder, 'keyturn.db')}`;
  const config = { destinations: { roots: [folder] } };
  writeFileSync(join(folder, 'keyturn.config.json'), JSON.stringify(config));
  installIn(folder);
  const clock = new HeldClock();
  clock.setByMs(-31 * DAY_MS);
  const ports = { ...systemPorts(), clock };
  const keyturn = await makeKeyturn({ database, ...config }, { role: 'tool', ports });
  const deliver = isStuck ? 'claim' : 'destinations';
  const schedule = { every: '30d', mode: 'after', spread: '0s', deliver } as const;
  await keyturn.policies.create({ name: 'monthly', schedule });
  const made = await keyturn.keys.create({ name: 'hasty | <b>', policy: 'monthly' });
  writeFileSync(file, `API_KEY=${made.plaintext}\n`);
  const settings = { path: file, variable: 'API_KEY' };
  const to = { name: 'app', key: made.key.id, kind: 'dotenv', settings };
  if (!isStuck) await keyturn.destinations.create(to);
  await keyturn.rotateDue(); // It is planned.
  await keyturn.close();
  const path = [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']];
  const npm = { NPM_CONFIG_OFFLINE: 'true', NPM_CONFIG_AUDIT: 'false', NPM_CONFIG_FUND: 'false' };
  const env = { ...npm, PATH: path.join(delimiter), HOME: folder, KEYTURN_DATABASE: database };
  return {
    folder,
    env,
    run: ([program = '', ...args], more = {}) =>
      saidBy(spawn(program, args, { cwd: folder, env: { ...env, ...more } })),
    secret: () => readFileSync(file, 'utf8').trim().replace('API_KEY=', ''),
    firstSecret: made.plaintext,
  };
}

/** The key has a new secret where it is used, and nobody has said which. */
export function expectRotated(project: DueProject, said: string): void {
  const secret = project.secret();
  expect(secret).not.toBe(project.firstSecret);
  expect(secret).toMatch(/^key_live_/);
  expect(said).not.toContain(secret);
  expect(said).not.toContain(project.firstSecret);
}

/** Runs as a user without rights, on a root that it cannot write. */
export async function inJail(
  command: readonly string[],
  { folder, env }: DueProject,
  more: Readonly<Record<string, string>> = {},
): Promise<Said> {
  for (const name of readdirSync(folder)) chownSync(join(folder, name), USER, USER);
  const own = { PATH: env['PATH'] ?? '', ...more };
  const ran = jailed(command, { writable: [folder], cwd: folder, env: own });
  return { exit: await ran.ended, output: ran.output() };
}

/** As a project that depends on keyturn: `npm ci` installs it, and `keyturn` is on the PATH as well. */
function installIn(folder: string): void {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const bin = { keyturn: 'main.js' };
  const vendor = join(folder, 'vendor');
  mkdirSync(vendor);
  mkdirSync(join(folder, 'bin'));
  const program = join(inject('builtPackage'), 'dist/cli/main.js');
  writeFileSync(
    join(vendor, 'package.json'),
    JSON.stringify({ name, version, bin, type: 'module' }),
  );
  writeFileSync(join(vendor, 'main.js'), `#!/usr/bin/env node\nimport '${program}';\n`, {
    mode: 0o755,
  });
  cpSync(join(vendor, 'main.js'), join(folder, 'bin/keyturn'));
  const own = { name: 'shop', version: '1.0.0', dependencies: { keyturn: 'file:vendor' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(own));
  const link = { resolved: 'vendor', link: true };
  const packages = { '': own, 'node_modules/keyturn': link, vendor: { name, version, bin } };
  const lock = { ...own, lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
}

function saidBy(child: ReturnType<typeof spawn>): Promise<Said> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  child.stdin?.end();
  return new Promise((resolve, refuse) => {
    child.once('error', refuse);
    child.once('close', (exit) => resolve({ exit, output }));
  });
}
