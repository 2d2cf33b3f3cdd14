import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
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

  test('says why a person is needed, and what it ended with', async () => {
    const { output } = await byCron(await due('stuck'));
    expect(output).toContain('KEYTURN_PUBLIC_URL');
    expect(output).toMatch(/^keyturn rotate --due ended with 4: /);
  });

  test('begins none while one goes on, and ends one that hangs', async () => {
    const project = await due('free');
    const command = "flock .rotate-due.lock sh -c 'echo held; read _; :'";
    const held = spawn('sh', ['-c', command], {
      cwd: project.folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void held.stdin.end());
    await once(held.stdout, 'data');
    expect(await byCron(project)).toEqual({ exit: 0, output: '' });
    expect(project.secret()).toBe(project.firstSecret);
    expect(line()).toContain('timeout 15m keyturn rotate --due');
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

  test('fails where a person is needed: a warning would be mailed to nobody', async () => {
    const failed = await piped(await due('stuck'), SCHEDULED);
    expect(failed.exit, failed.output).toBe(1);
    expect(failed.output).toMatch(/FAIL\W+keyturn-rotate-due/);
  });
});

describe('clouds', () => {
  /** Runs a printed script twice, with a stand-in for the cloud's program. @returns all words that it was called with. */
  async function twice(
    { what, program, known }: Readonly<Record<'what' | 'program' | 'known', string>>,
    set: Readonly<Record<string, string>>,
  ): Promise<readonly string[]> {
    const project = await due('free');
    const calls = join(project.folder, 'calls');
    const text = `#!/bin/sh\nprintf '%s\\n' "$@" >> '${calls}'\n${known}`;
    writeFileSync(join(project.folder, 'bin', program), text, { mode: 0o755 });
    writeFileSync(join(project.folder, 'make.sh'), printed(what));
    const unset = await project.run(['sh', 'make.sh']);
    expect(unset.exit).not.toBe(0);
    expect(unset.output).toMatch(/(CHANNEL|TOPIC_ARN)/); // Who is told.
    expect(existsSync(calls)).toBe(false);
    for (const _ of ['make', 'bring up to date']) {
      const { exit, output } = await project.run(['sh', 'make.sh'], set);
      expect(exit, output).toBe(0);
    }
    return readFileSync(calls, 'utf8').split('\n');
  }

  // As the real ones: what is there is made no second time, and what is not there is neither shown nor changed.
  const GCLOUD = `
case "$1 $2 $3" in
  'run jobs create') test ! -e ran || exit 1; touch ran ;;
  'scheduler jobs describe'|'scheduler jobs update') test -e scheduled ;;
  'scheduler jobs create') test ! -e scheduled || exit 1; touch scheduled ;;
  'monitoring policies list') if test -e alerted; then echo projects/acme/alertPolicies/1; fi ;;
  'monitoring policies update') test -e alerted && test "$4" = projects/acme/alertPolicies/1 ;;
  'monitoring policies create') test ! -e alerted || exit 1; touch alerted ;;
esac
`;
  const AWS = `
case "$1 $2" in
  'scheduler get-schedule'|'scheduler update-schedule') test -e scheduled ;;
  'scheduler create-schedule') test ! -e scheduled || exit 1; touch scheduled ;;
esac
`;

  test('EventBridge runs the task with the command that the others run, and tells who is to know', async () => {
    const of = { what: 'eventbridge', program: 'aws', known: AWS };
    const set = {
      CLUSTER_ARN: 'c',
      TASK_ARN: 't',
      ROLE_ARN: 'r',
      SUBNET: 's',
      SECURITY_GROUP: 'g',
    };
    const words = await twice(of, { ...set, TOPIC_ARN: 'arn:aws:sns:eu-central-1:1:people' });
    const all = words.join('\n');
    const [made, changed] = [...all.matchAll(/^--cli-input-json\n(\{[\s\S]*?^\})$/gm)];
    expect(changed?.[1]).toBe(made?.[1]);
    const { Target } = JSON.parse(made?.[1] ?? '');
    expect(Target).toMatchObject({ Arn: 'c', RoleArn: 'r' });
    expect(JSON.parse(Target.Input).containerOverrides).toEqual([
      { name: 'keyturn', command: ['rotate', '--due'] },
    ]);
    const [, pattern = ''] = /^--event-pattern\n(\{[\s\S]*?^\})$/m.exec(all) ?? [];
    const { group, $or: ends } = JSON.parse(pattern).detail;
    expect(group).toEqual([Target.EcsParameters.Group]);
    expect(ends[0]).toEqual({ containers: { exitCode: [{ 'anything-but': [0] }] } });
    expect(words).toContain('Id=people,Arn=arn:aws:sns:eu-central-1:1:people');
    expect(all).not.toContain('KEYTURN_DATABASE');
  });

  test('Cloud Scheduler runs a job that has its secrets from their manager, and tells who is to know', async () => {
    const of = { what: 'cloud-scheduler', program: 'gcloud', known: GCLOUD };
    const set = { PROJECT: 'acme', REGION: 'europe-west6', IMAGE: 'x/keyturn@sha256:1' };
    const channel = 'projects/acme/notificationChannels/7';
    const words = await twice(of, { ...set, PUBLIC_URL: 'https://keys.example', CHANNEL: channel });
    expect(words[words.indexOf('--args') + 1]).toBe('rotate,--due');
    expect(words).toContain('KEYTURN_PUBLIC_URL=https://keys.example');
    expect(words[words.indexOf('--set-secrets') + 1]).toBe(
      'KEYTURN_DATABASE=keyturn-database:latest',
    );
    expect(words).toContain('17 * * * *');
    const [made, changed] = [...words.join('\n').matchAll(/^--policy\n(\{[\s\S]*?^\})$/gm)];
    expect(changed?.[1]).toBe(made?.[1]);
    const { notificationChannels, conditions } = JSON.parse(made?.[1] ?? '');
    expect(notificationChannels).toEqual([channel]);
    expect(conditions[0].conditionThreshold.filter).toContain('metric.labels.result = "failed"');
  });
});
