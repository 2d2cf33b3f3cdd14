import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../docs/page.js';
import { programOrSkip } from '../setup/programs.js';
import { type DueProject, due, expectRotated, inJail, type Said } from './due-project.js';
import { freePort } from './free-port.js';
import { type Installed, install } from './installed.js';
import { jailed, jailOrSkip } from './jail.js';
import { printedUnits, settingsOf } from './ready-parts.js';

const FOLDER = join(root, 'deploy/systemd');
const page = readFileSync(join(root, 'docs/operate/systemd.md'), 'utf8');
// All that `systemd-analyze security` still finds open, by its own names, and why it stays so.
const LEFT_OPEN = [
  ...['RestrictAddressFamilies_AF_INET_INET6', 'RestrictAddressFamilies_AF_UNIX'], // It serves,
  ...['PrivateNetwork', 'IPAddressDeny'], // and where its clients are is not ours to say.
  'MemoryDenyWriteExecute', // Node compiles as it runs.
  ...['RootDirectoryOrRootImage', 'PrivateMounts'], // ProtectSystem and no right to mount do it.
  'DeviceAllow', // ProtectClock lets the clock be read.
];
const run = promisify(execFile);
const unit = readFileSync(join(FOLDER, 'keyturn.service'), 'utf8');

let installed: Installed;
let place: string;
beforeAll(() => {
  installed = install();
  place = mkdtempSync(join(tmpdir(), 'keyturn-systemd-'));
});
afterAll(() => {
  installed.remove();
  rmSync(place, { recursive: true, force: true });
});

/** Every value of a setting of the unit. */
function settings(name: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

/** The unit as it would be on this machine. */
function unitHere(): string {
  const file = join(place, 'keyturn.service');
  writeFileSync(file, unit.replaceAll('/usr/bin/node', process.execPath));
  return file;
}

describe('the systemd unit', () => {
  test('is one that systemd reads without a complaint', async (ctx) => {
    programOrSkip(ctx, 'systemd-analyze', 'systemd');
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', unitHere()]);
    expect(stdout + stderr).toBe('');
  });

  test('exposes as little as the page says, as systemd counts', async (ctx) => {
    programOrSkip(ctx, 'systemd-analyze', 'systemd');
    const [, said = ''] = /`systemd-analyze security keyturn` says ([\d.]+) of 10/.exec(page) ?? [];
    const options = [`--threshold=${Number(said) * 10}`, '--offline=true', '--no-pager'];
    const args = ['security', ...options, '--json=short', unitHere()];
    const { stdout } = await run('systemd-analyze', args);
    const checks: readonly { readonly set: boolean; readonly json_field: string }[] =
      JSON.parse(stdout);
    const open = checks.filter(({ set }) => !set).map((check) => check.json_field);
    expect(open.length).toBeGreaterThan(0);
    expect(open.filter((name) => !LEFT_OPEN.includes(name))).toEqual([]);
  });

  test('says all that the page explains of it', () => {
    const [, table = ''] = /## What the unit does\n+([\s\S]*?)\n\n/.exec(page) ?? [];
    const lines = table.split('\n').map((row) => row.split(' | ')[0] ?? '');
    const explained = lines.flatMap((line) =>
      [...line.matchAll(/`([^`]+)`/g)].map(([, one]) => one),
    );
    expect(explained.length).toBeGreaterThan(8);
    const lacking = explained.filter(
      (one = '') => !(one.includes('=') ? unit.includes(`\n${one}\n`) : settings(one).length > 0),
    );
    // The page says of one why it is not there.
    expect(lacking).toEqual(['node', 'MemoryDenyWriteExecute']);
  });

  test('gives more time to stop than Keyturn takes', () => {
    const server = readFileSync(join(root, 'src/http/node-server.ts'), 'utf8');
    const [, drainMs = ''] = /^const CLOSE_TIMEOUT_MS = ([\d_]+);/m.exec(server) ?? [];
    const pool = readFileSync(join(root, 'src/store/postgres/pool.ts'), 'utf8');
    const [, statementMs = ''] = /STATEMENT_\w*MS = ([\d_]+)/.exec(pool) ?? [];
    const longestMs = [drainMs, statementMs].map((text) => Number(text.replaceAll('_', '')));
    const [stopSeconds] = settings('TimeoutStopSec');
    expect(longestMs.every((ms) => ms > 0)).toBe(true);
    expect(Number(stopSeconds) * 1_000).toBeGreaterThan(longestMs.reduce((sum, ms) => sum + ms));
  });

  test('starts a server that writes nothing but its own folders, tells when it is ready, and stops', async (ctx) => {
    // What the jail is made of.
    const names = ['ProtectSystem', 'NoNewPrivileges', 'CapabilityBoundingSet'];
    expect(names.map(settings)).toEqual([['strict'], ['yes'], ['']]);
    for (const name of ['StateDirectory', 'RuntimeDirectory']) {
      expect(settings(name)).toEqual(['keyturn']);
    }
    jailOrSkip(ctx);
    const [state, runtime] = ['state', 'runtime'].map((name) => join(place, name, 'keyturn'));
    const own = (text: string) =>
      text
        .replaceAll('%S', join(place, 'state'))
        .replaceAll('%t', join(place, 'runtime'))
        .replaceAll('/usr/bin/node', process.execPath)
        .replaceAll('/opt/keyturn/node_modules/keyturn', installed.folder)
        .replaceAll('/etc/keyturn', installed.folder);
    const port = await freePort();
    const pairs = settings('Environment').map((pair) => own(pair).split(/=(.*)/));
    const env = {
      ...Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value])),
      KEYTURN_PORT: String(port),
    };
    for (const folder of [state, runtime]) mkdirSync(folder ?? '', { recursive: true });
    run('chmod', ['755', place]);
    const waiting = join(FOLDER, 'wait-until-ready.mjs');
    writeFileSync(join(installed.folder, 'wait-until-ready.mjs'), readFileSync(waiting));

    const jail = { writable: [state ?? '', runtime ?? ''], cwd: state ?? '', env };
    const [start = '', ready = ''] = ['ExecStart', 'ExecStartPost'].map((name) =>
      own(settings(name)[0] ?? '').replace(/^-/, ''),
    );
    const server = jailed(start.split(' '), jail);
    const waited = jailed(ready.split(' '), { ...jail, writable: [] });
    expect(await waited.ended, server.output()).toBe(0);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const link = join(runtime ?? '', 'setup-link');
    expect(readFileSync(link, 'utf8')).toContain('/setup#');
    expect(statSync(join(state ?? '', 'keyturn.db')).mode & 0o077).toBe(0);
    server.kill('SIGTERM');
    expect(await server.ended, server.output()).toBe(0);
  });
});

describe('the service of integrations/', () => {
  const rotating = () => printedUnits().get('keyturn-rotate-due.service') ?? '';

  /** Its ExecStart, with the variables of the unit. */
  function started(project: DueProject): Promise<Said> {
    const [exec = ''] = settingsOf(rotating(), 'ExecStart');
    const command = exec.replace(
      '/usr/bin/env keyturn',
      `${process.execPath} ${installed.program}`,
    );
    const own = settingsOf(rotating(), 'Environment').map((pair) =>
      pair.replaceAll('%S/keyturn', project.folder).split(/=(.*)/).slice(0, 2),
    );
    return inJail(command.split(' '), project, Object.fromEntries(own));
  }

  test('rotates, without rights and on a root that it cannot write', async (ctx) => {
    jailOrSkip(ctx);
    const project = await due('free');
    const ran = await started(project);
    expect(ran.exit, ran.output).toBe(0);
    expectRotated(project, ran.output);
  });

  test('has failed where a person is needed, and tells', async (ctx) => {
    jailOrSkip(ctx);
    expect((await started(await due('stuck'))).exit).toBe(4);
    expect(settingsOf(rotating(), 'SuccessExitStatus')).toEqual([]);
    const [told = ''] = settingsOf(rotating(), 'OnFailure');
    const [exec = ''] = settingsOf(printedUnits().get(told) ?? '', 'ExecStart');
    const [, program, , , , , text] = /^(\S+) (\S+) (\S+) (\S+) (\S+) "(.+)"$/.exec(exec) ?? [];
    expect([program, text]).toEqual([
      '/usr/bin/logger',
      expect.stringContaining('MONITOR_EXIT_STATUS'),
    ]);
  });
});
