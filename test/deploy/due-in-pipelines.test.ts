import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type DueProject, due, expectRotated, type Said } from './due-project.js';
import { action, maskedIn, partAt, printed, runAction, shownOf } from './ready-parts.js';

// Each ready part that runs in a pipeline, a shell or a cloud, as that would run it: a key that is due is rotated,
// and a person is asked for.

const IN_PROJECT = /^npm ci --ignore-scripts$/m;

describe('cron', () => {
  const line = () => printed('cron').trimEnd().split('\n').at(-1) ?? '';

  /** As cron would: `sh -c`, with the settings from the file that the comment describes. */
  async function byCron(project: DueProject): Promise<Said> {
    // What a shell could take for more than a value.
    const other = `${project.folder}-a&b $HOME`;
    symlinkSync(project.folder, other);
    const file = join(project.folder, 'cron.env');
    writeFileSync(file, `KEYTURN_DATABASE='sqlite:${other}/keyturn.db'\n`);
    const [, command = ''] = /^17 \* \* \* \* keyturn (.+)$/.exec(line()) ?? [];
    const here = command.replace('/etc/keyturn/cron.env', file);
    const env = { KEYTURN_DATABASE: 'memory:' };
    return project.run(['sh', '-c', here], env);
  }

  test('says nothing, so that no mail is sent, where all is well', async () => {
    const project = await due('free');
    const { output } = await byCron(project);
    expect(output).toBe('');
    expectRotated(project, output);
  });

  test('says why a person is needed', async () => {
    expect((await byCron(await due('stuck'))).output).toContain('KEYTURN_PUBLIC_URL');
  });
});

describe('the action of GitHub', () => {
  test('installs what it is told, rotates, and tells how many, in outputs and a summary', async () => {
    const project = await due('free');
    const dry = await runAction(project, { 'dry-run': 'true' });
    expect(dry).toMatchObject({ exit: 0, outputs: { started: '1', moved: '0' } });
    expect(project.secret()).toBe(project.firstSecret);
    const ran = await runAction(project);
    expect(ran.exit, ran.output).toBe(0);
    expectRotated(project, ran.output + ran.summary);
    expect(ran.installed).toMatch(/ --ignore-scripts keyturn@0\.1\.0 pg@\d+\.\d+\.\d+$/m);
    expect(ran.outputs).toMatchObject({ started: '1', moved: '1', stuck: '0', 'exit-code': '0' });
    const declared = Object.keys(action().outputs);
    expect(Object.keys(ran.outputs).toSorted()).toEqual(declared.toSorted());
    for (const name of declared) {
      expect(action().outputs[name]?.value).toBe(`\${{ steps.rotate.outputs.${name} }}`);
    }
    expect(ran.summary).toContain('| started | key_');
    // A name is text, whatever it is.
    expect(ran.summary).toContain('| hasty &#124; &#60;b&#62; |');
  });

  test('fails where a person is needed, or warns where it is told to', async () => {
    const failed = await runAction(await due('stuck'));
    expect(failed.exit).toBe(4);
    expect(failed.output).toMatch(/^::error::A person is needed for 1 of/m);
    expect(failed.outputs).toMatchObject({ 'needs-person': 'true', stuck: '1', 'exit-code': '4' });
    const warned = await runAction(await due('stuck'), { 'person-needed': 'warn' });
    expect(warned.exit).toBe(0);
    expect(warned.output).toMatch(/^::warning::A person is needed/m);
    expect(warned.summary).toContain('| not started |');
  });

  test('masks the address and its password, and passes on that the database is away', async () => {
    const project = await due('free');
    const address = 'postgres://kim:canary%2Dword@127.0.0.1:1/keys';
    const ran = await runAction(project, {}, { KEYTURN_DATABASE: address });
    expect(ran).toMatchObject({ exit: 3, outputs: { 'exit-code': '3' } });
    expect(maskedIn(ran)).toEqual([address, 'canary%2Dword', 'canary-word']);
    expect(shownOf(ran)).not.toContain('canary');
  });

  test('refuses versions that are not exact, words it does not know, and no database', async () => {
    const project = await due('free');
    const wrong = [
      ...['^0.1.0', 'latest', '0.1.0 x'].map((version) => ({ version })),
      { driver: 'git+https://x' },
      { 'person-needed': 'ignore' },
      { 'dry-run': 'yes' },
    ];
    for (const inputs of wrong) {
      const ran = await runAction(project, inputs);
      expect(ran.exit, JSON.stringify(inputs)).toBe(2);
      expect(ran.output).toMatch(/^::error::/m);
    }
    expect(await runAction(project, {}, { KEYTURN_DATABASE: '' })).toMatchObject({ exit: 2 });
    expect(project.secret()).toBe(project.firstSecret);
  });
});

describe('Jenkins', () => {
  const file = partAt('jenkins/Jenkinsfile');
  const command = /script: '([^']+)'/.exec(file)?.[1] ?? '';

  test('installs and rotates, in one shell each', async () => {
    const project = await due('free');
    const [, first = ''] = /sh '([^']+)'/.exec(file) ?? [];
    expect(first).toMatch(IN_PROJECT);
    expect(await project.run(['sh', '-xe', '-c', first])).toMatchObject({ exit: 0 });
    const ran = await project.run(['sh', '-xe', '-c', command]);
    expect(ran.exit, ran.output).toBe(0);
    expectRotated(project, ran.output);
  });

  test('is unstable where a person is needed, and has failed where anything else is wrong', async () => {
    const project = await due('stuck');
    await project.run(['npm', 'ci', '--ignore-scripts']);
    const { exit } = await project.run(['sh', '-xe', '-c', command]);
    const rules = [...file.matchAll(/if \(status (==|!=) (\d)\) \{\s+(\w+)\(/g)];
    const outcome = (status: number | null) =>
      rules.find(([, sign, code]) => (sign === '==') === (Number(code) === status))?.[3];
    expect(outcome(exit)).toBe('unstable');
    expect([0, 1, 2, 3].map(outcome)).toEqual([undefined, 'error', 'error', 'error']);
  });
});

describe('GitLab', () => {
  const gitlab = createRequire(import.meta.url).resolve('gitlab-ci-local');
  // Of Node 22, which it is built for.
  const lacking =
    'Set.prototype.union ||= function (other) { return new Set([...this, ...other]); };';
  const git =
    'git init -q && git remote add origin git@gitlab.example:acme/keys.git && git add .gitlab-ci.yml keyturn-rotate-due.yml && git -c user.name=kim -c user.email=kim@acme.example commit -qm pipeline';

  /** The pipeline of a project that includes the template, as the program gitlab-ci-local runs it. */
  async function piped(project: DueProject, args: readonly string[]): Promise<Said> {
    const { folder, env } = project;
    const include = { local: 'keyturn-rotate-due.yml', inputs: { stage: 'deploy' } };
    writeFileSync(join(folder, '.gitlab-ci.yml'), stringify({ include: [include] }));
    writeFileSync(join(folder, include.local), partAt('gitlab/keyturn-rotate-due.yml'));
    writeFileSync(join(folder, 'lacking.cjs'), lacking);
    await project.run(['sh', '-c', git]);
    const program = [process.execPath, '--require', './lacking.cjs', gitlab];
    const own = { GIT_CEILING_DIRECTORIES: dirname(folder), GCL_FORCE_SHELL_EXECUTOR: 'true' };
    const variable = ['--variable', `KEYTURN_DATABASE=${env['KEYTURN_DATABASE']}`];
    return project.run([...program, ...variable, ...args], own);
  }
  const SCHEDULED = ['--variable', 'CI_PIPELINE_SOURCE=schedule'];

  test('rotates in a scheduled pipeline, and in no other', async () => {
    const project = await due('free');
    const pushed = await piped(project, ['--variable', 'CI_PIPELINE_SOURCE=push', '--list']);
    expect(pushed.output).not.toContain('keyturn-rotate-due');
    const ran = await piped(project, SCHEDULED);
    expect(ran.exit, ran.output).toBe(0);
    expect(ran.output).toContain('json schema validated');
    expectRotated(project, ran.output);
  });

  test('warns where a person is needed', async () => {
    const project = await due('stuck');
    const warned = await piped(project, SCHEDULED);
    expect(warned.exit, warned.output).toBe(0);
    expect(warned.output).toMatch(/WARN\W+keyturn-rotate-due/);
  });
});

describe('clouds', () => {
  test('the task of EventBridge is the command that the others run', () => {
    const { Target } = JSON.parse(printed('eventbridge'));
    const { containerOverrides } = JSON.parse(Target.Input);
    expect(containerOverrides).toEqual([{ name: 'keyturn', command: ['rotate', '--due'] }]);
  });

  test('the script for Cloud Scheduler makes two jobs, or says what is not set', async () => {
    const project = await due('free');
    const calls = join(project.folder, 'calls');
    const gcloud = `#!/bin/sh\nprintf '%s\\n' "$@" >> '${calls}'\n`;
    writeFileSync(join(project.folder, 'bin/gcloud'), gcloud, { mode: 0o755 });
    const script = join(project.folder, 'make.sh');
    writeFileSync(script, printed('cloud-scheduler'));
    const unset = await project.run(['sh', script]);
    expect(unset.exit).not.toBe(0);
    expect(unset.output).toContain('PROJECT');
    const set = { PROJECT: 'acme', REGION: 'europe-west6', IMAGE: 'x/keyturn@sha256:1' };
    const made = await project.run(['sh', script], { ...set, PUBLIC_URL: 'https://keys.example' });
    expect(made).toEqual({ exit: 0, output: '' });
    const words = readFileSync(calls, 'utf8').split('\n');
    expect(words[words.indexOf('--args') + 1]).toBe('rotate,--due');
    expect(words).toContain('KEYTURN_PUBLIC_URL=https://keys.example');
    expect(words).toContain('17 * * * *');
  });
});
