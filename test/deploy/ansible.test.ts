import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { programOrSkip } from '../setup/programs.js';
import { PARTS, partAt, printedUnits } from './ready-parts.js';

const ROLE = 'keyturn_rotate_due';
const CANARY = 'canary-word';
const SEAL_KEY = `${CANARY}+/=$HOME`;
const DATABASE = `postgres://kim:${CANARY}@db.internal/keys?sslmode=verify-full&x=$HOME`;

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'keyturn-ansible-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Played {
  readonly failed: boolean;
  readonly output: string;
}

/** Plays the role on this machine, into folders of the test, as loud as it can be. */
function play(
  vars: Readonly<Record<string, unknown>>,
  ...more: readonly string[]
): Promise<Played> {
  const here = {
    keyturn_environment_file: join(place, 'etc/keyturn.env'),
    keyturn_unit_folder: place,
    keyturn_start_timer: false, // No systemd runs here, as where an image is built.
  };
  const roles = [{ role: ROLE, vars: { ...here, ...vars } }];
  const file = join(place, 'play.yml');
  const play = { hosts: 'localhost', connection: 'local', gather_facts: false, roles };
  writeFileSync(file, stringify([play]));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: place,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_ROLES_PATH: join(PARTS, 'ansible'),
    ANSIBLE_LOCALHOST_WARNING: 'false',
    ANSIBLE_NOCOLOR: 'true',
  };
  const args = ['-vvv', '--diff', '--inventory', 'localhost,', ...more, file];
  return new Promise((resolve) => {
    execFile('ansible-playbook', args, { env }, (fault, stdout, stderr) =>
      resolve({ failed: fault !== null, output: stdout + stderr }),
    );
  });
}

describe('the role of Ansible', () => {
  test('says of every variable that it has what it is, with the value that stands there', () => {
    const { options } = parse(partAt('ansible', ROLE, 'meta/argument_specs.yml')).argument_specs
      .main;
    const defaults = parse(partAt('ansible', ROLE, 'defaults/main.yml'));
    const told: Readonly<Record<string, { default?: unknown; required?: boolean }>> = options;
    for (const [name, option] of Object.entries(told)) {
      expect(defaults[name], name).toEqual(option.default);
      expect(option.required === true, name).toBe(option.default === undefined);
    }
    expect(Object.keys(defaults).filter((name) => !(name in told))).toEqual([]);
    const used = ['tasks/main.yml', 'handlers/main.yml', 'templates/keyturn.env.j2']
      .flatMap((file) => partAt('ansible', ROLE, file).match(/\bkeyturn_\w+/g) ?? [])
      .filter((name) => !(name in told));
    expect(used).toEqual([]);
  });

  test('writes the units that are printed, and the settings for root alone; a second time nothing', async (ctx) => {
    programOrSkip(ctx, 'ansible-playbook', 'ansible-core');
    if (process.getuid?.() !== 0) ctx.skip('It gives its files to root, which takes root.');
    const vars = {
      keyturn_database: DATABASE,
      keyturn_public_url: 'https://keys.example',
      keyturn_environment: { SMTP_PASSWORD: 'of mails', SEAL_KEY },
    };
    const first = await play(vars);
    expect(first.failed, first.output).toBe(false);
    const file = join(place, 'etc/keyturn.env');
    for (const [name, text] of printedUnits()) {
      const here = text.replace('/etc/keyturn/keyturn.env', file);
      expect(readFileSync(join(place, name), 'utf8'), name).toBe(here);
    }
    expect(readFileSync(file, 'utf8')).toBe(
      `KEYTURN_DATABASE='${DATABASE}'\nKEYTURN_PUBLIC_URL='https://keys.example'\n` +
        `SEAL_KEY='${SEAL_KEY}'\nSMTP_PASSWORD='of mails'\n`,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = await play(vars);
    expect(second.output).toMatch(/ changed=0 /);
    expect(first.output + second.output).not.toContain(CANARY);
  });

  test('takes no address that would be another setting, too, and asks for one', async (ctx) => {
    programOrSkip(ctx, 'ansible-playbook', 'ansible-core');
    rmSync(join(place, 'etc'), { recursive: true, force: true });
    const twice = await play({ keyturn_database: `sqlite:${CANARY}'\nKEYTURN_HOST='0.0.0.0` });
    expect(twice.failed).toBe(true);
    expect(twice.output).not.toContain(CANARY);
    expect(existsSync(join(place, 'etc'))).toBe(false);
    const own = [{ SEAL_KEY: `${CANARY}'\nX='` }, { 'A=B': CANARY }];
    for (const keyturn_environment of own) {
      const odd = await play({ keyturn_database: DATABASE, keyturn_environment });
      expect(odd.failed).toBe(true);
      expect(odd.output).not.toContain(CANARY);
      expect(existsSync(join(place, 'etc'))).toBe(false);
    }
    const none = await play({});
    expect(none.failed).toBe(true);
    expect(none.output).toContain('keyturn_database');
  });
});
