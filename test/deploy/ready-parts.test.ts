import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CronJob } from 'kubernetes-types/batch/v1.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { root } from '../docs/page.js';
import { programOrSkip } from '../setup/programs.js';
import { type GithubParser, githubParser } from './github-parser.js';
import { faultsOfPipeline } from './jenkinsfile.js';
import { migrateJob, typeFaults } from './manifests.js';
import { action, PARTS, partAt, printed, printedUnits, settingsOf } from './ready-parts.js';

const run = promisify(execFile);
const MAX_LINES = 40; // Of a part's README.

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'keyturn-parts-'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const folders = readdirSync(PARTS, { withFileTypes: true }).filter((one) => one.isDirectory());

test('every ready part is in the list, and says in a page what it is, its rights, and how it was checked', () => {
  const list = partAt('README.md');
  expect(folders.length).toBeGreaterThan(5);
  for (const { name } of folders) {
    expect(list).toContain(`](${name}/README.md)`);
    const page = partAt(name, 'README.md');
    expect(page.split('\n').length, name).toBeLessThanOrEqual(MAX_LINES + 1);
    for (const title of ['## Least rights', '## How it was checked']) expect(page).toContain(title);
  }
});

describe('the action and the workflows of GitHub', () => {
  let github: GithubParser;
  beforeAll(async () => {
    github = await githubParser(place);
  });

  test('are what GitHub’s own parser takes', async () => {
    expect(github.faultsOfAction(partAt('github-action/action.yml'))).toEqual([]);
    expect(await github.faultsOfWorkflow(partAt('github-action/workflow.yml'))).toEqual([]);
    expect(await github.faultsOfWorkflow(printed('github-actions', '15m'))).toEqual([]);
  });

  test('would be refused with a misspelt field, or a name that there is not', async () => {
    const text = partAt('github-action/action.yml');
    expect(github.faultsOfAction(text.replace('shell: bash', 'shel: bash'))).not.toEqual([]);
    expect(github.faultsOfAction(text.replace('inputs.version', 'input.version'))).not.toEqual([]);
    const workflow = printed('github-actions');
    expect(await github.faultsOfWorkflow(workflow.replace('17 * * * *', '17 * * *'))).not.toEqual(
      [],
    );
    expect(await github.faultsOfWorkflow(workflow.replace('runs-on', 'run-on'))).not.toEqual([]);
  });

  test('use every input that there is, and no other; none in the text of a script', () => {
    const text = partAt('github-action/action.yml');
    const used = [...text.matchAll(/\$\{\{ inputs\.([\w-]+) \}\}/g)].map(([, name]) => name);
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(action().inputs).toSorted());
    for (const { run: script = '' } of action().runs.steps) expect(script).not.toContain('${{');
  });

  test('the action installs the version that it stands beside', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    expect(action().inputs['version']?.default).toBe(version);
    expect(action().inputs['driver']?.default).toBe(lock.packages['node_modules/pg'].version);
  });

  test('the workflow with the action is begun as the printed one is, with as few rights', () => {
    const { jobs: ours, ...withAction } = parse(partAt('github-action/workflow.yml'));
    const { jobs: theirs, ...without } = parse(printed('github-actions'));
    expect(withAction).toEqual(without);
    expect(withAction.permissions).toEqual({ contents: 'read' });
    expect(ours.rotate.steps.at(-1).env).toEqual(theirs.rotate.steps.at(-1).env);
  });
});

test('the template of GitLab, with no input given, is the job that is printed', () => {
  const [spec, template] = parseAllDocuments(partAt('gitlab/keyturn-rotate-due.yml'));
  const { inputs } = spec?.toJS().spec ?? {};
  const text = JSON.stringify(template?.toJS()).replaceAll(
    /"\$\[\[ inputs\.(\w+) \]\]"/g,
    (_all, name: string) => JSON.stringify(inputs[name].default),
  );
  const [name, read] = Object.entries(parse(printed('gitlab-ci')))[0] ?? [];
  expect(JSON.parse(text)).toEqual({ [name ?? '']: { stage: 'test', ...Object(read) } });
});

describe('the pipeline of Jenkins', () => {
  const text = partAt('jenkins/Jenkinsfile');

  test('has whole blocks, each where a declarative pipeline takes it', () => {
    expect(faultsOfPipeline(text)).toEqual([]);
    expect(faultsOfPipeline(text.replace('steps {', 'step {'))).toHaveLength(1);
    expect(faultsOfPipeline(text.replace('triggers {', 'trigger {'))).toHaveLength(1);
    expect(faultsOfPipeline(text.trimEnd().slice(0, -1))).toHaveLength(1);
    expect(faultsOfPipeline(text.replace("'npm ci", 'npm ci'))).not.toEqual([]);
  });

  test('has the address in no text of Groovy', () => {
    expect(text).toMatch(/withCredentials\(\[string\([^)]*variable: 'KEYTURN_DATABASE'/);
    expect(text.replace(/withCredentials.*/, '')).not.toContain('KEYTURN_DATABASE');
  });
});

describe('the CronJob', () => {
  const cronJob: CronJob = parse(partAt('kubernetes/cronjob.yaml'));
  const pod = cronJob.spec?.jobTemplate.spec?.template;
  const [container] = pod?.spec?.containers ?? [];

  test('is the one that is printed, and what the Kubernetes API takes', () => {
    const text = printed('kubernetes');
    expect(text).toBe(partAt('kubernetes/cronjob.yaml'));
    const file = 'cronjob.yaml';
    const { apiVersion = '', kind = '' } = cronJob;
    expect(typeFaults([{ file, apiVersion, kind, document: cronJob }])).toEqual([]);
  });

  test('runs with the rights, the user, the Secret and the labels of the job that migrates', () => {
    const migration = migrateJob().spec?.template;
    const [migrating] = migration?.spec?.containers ?? [];
    const shared = [
      'securityContext',
      'automountServiceAccountToken',
      'enableServiceLinks',
    ] as const;
    for (const name of shared) expect(pod?.spec?.[name], name).toEqual(migration?.spec?.[name]);
    expect(container?.securityContext).toEqual(migrating?.securityContext);
    expect(container?.resources).toEqual(migrating?.resources);
    expect(
      container?.env?.every(({ name, value }) => value === undefined || /URL$/.test(name)),
    ).toBe(true);
    expect(container?.env).toEqual(expect.arrayContaining(migrating?.env ?? []));
    const label = 'app.kubernetes.io/name'; // The network policy's.
    expect(pod?.metadata?.labels?.[label]).toBe(migration?.metadata?.labels?.[label]);
    expect(cronJob.spec?.concurrencyPolicy).toBe('Forbid');
  });
});

describe('the units of systemd', () => {
  test('are those that are printed', () => {
    const units = printedUnits();
    const files = readdirSync(join(PARTS, 'systemd')).filter((name) => name !== 'README.md');
    expect([...units.keys()].toSorted()).toEqual(files.toSorted());
    for (const [name, text] of units) expect(text).toBe(partAt('systemd', name));
  });

  test('are what systemd reads without a complaint', async (ctx) => {
    programOrSkip(ctx, 'systemd-analyze', 'systemd');
    for (const [name, text] of printedUnits()) writeFileSync(join(place, name), text);
    const files = [...printedUnits().keys()].map((name) => join(place, name));
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', ...files]);
    expect(stdout + stderr).toBe('');
  });

  test('may do as little as the server’s, in the same folder, as the same user', () => {
    const server = readFileSync(join(root, 'deploy/systemd/keyturn.service'), 'utf8');
    const unit = partAt('systemd/keyturn-rotate-due.service');
    const hardened = /^NoNewPrivileges=[\s\S]*^SystemCallErrorNumber=.*$/m;
    expect(hardened.exec(unit)?.[0]).toBe(hardened.exec(server)?.[0]);
    const shared = [
      'User',
      'Group',
      'WorkingDirectory',
      'EnvironmentFile',
      'StateDirectory',
      'UMask',
    ];
    for (const name of shared)
      expect(settingsOf(unit, name), name).toEqual(settingsOf(server, name));
    const [database] = settingsOf(server, 'Environment').filter((one) => one.includes('DATABASE'));
    expect(settingsOf(unit, 'Environment')).toEqual([database]);
  });
});

test('shellcheck finds nothing in what a shell reads', async (ctx) => {
  programOrSkip(ctx, 'shellcheck', 'shellcheck');
  const scripts = action().runs.steps.map(({ run: script = '' }) => `#!/bin/bash\n${script}`);
  const line = printed('cron').trimEnd().split('\n').at(-1) ?? '';
  const command = line.replace(/^17 \* \* \* \* keyturn /, '');
  // Nobody but the machine has the file that it reads.
  scripts.push(
    `#!/bin/sh\n# shellcheck source=/dev/null\n${command}\n`,
    printed('cloud-scheduler'),
    printed('eventbridge'),
  );
  const files = scripts.map((text, index) => {
    const file = join(place, `script-${index}`);
    writeFileSync(file, text);
    return file;
  });
  const { stdout } = await run('shellcheck', files);
  expect(stdout).toBe('');
});
