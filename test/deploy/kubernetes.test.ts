import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CronJob } from 'kubernetes-types/batch/v1.js';
import type { Container, Probe } from 'kubernetes-types/core/v1.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '../docs/page.js';
import { createDatabase, postgresOrSkip, type TestDatabase } from '../setup/postgres.js';
import { commandHere, imageOf } from './container.js';
import { type DueProject, due, expectRotated, inJail, type Said } from './due-project.js';
import { freePort } from './free-port.js';
import { type Installed, install } from './installed.js';
import { jailed, jailOrSkip } from './jail.js';
import { allManifests, deployment, FOLDER, migrateJob, typeFaults } from './manifests.js';
import { partAt } from './ready-parts.js';

const BOUND = { timeout: 20_000, interval: 50 };
const DRAIN_SECONDS = 18; // For open requests 10, for the last statement 8 (systemd.test.ts).
const server = deployment().spec?.template.spec;
const job = migrateJob().spec?.template.spec;
const ourImage = imageOf(readFileSync(join(root, 'Dockerfile'), 'utf8'));
const pods = [
  ['the server', server],
  ['the migration', job],
] as const;

function only(containers: readonly Container[] | undefined): Container {
  const [container, ...more] = containers ?? [];
  if (container === undefined || more.length > 0) throw new Error('One container is expected.');
  return container;
}

describe('the manifests', () => {
  test('are what the Kubernetes API takes, with no field that it does not know', () => {
    const manifests = allManifests();
    expect(manifests.length).toBeGreaterThan(5);
    expect(typeFaults(manifests)).toEqual([]);
  });

  test('would be refused with a misspelt field, or without one that is needed', () => {
    const [server] = allManifests().filter(({ kind }) => kind === 'Deployment');
    if (server === undefined) throw new Error('There is no Deployment.');
    const changed = (change: (json: string) => string) => ({
      ...server,
      document: JSON.parse(change(JSON.stringify(server.document))),
    });
    const misspelt = changed((json) => json.replace('readOnlyRootFile', 'readOnlyRootfile'));
    const lacking = changed((json) => json.replace(/"selector":\{"matchLabels":\{[^}]*\}\},/, ''));
    const faults = typeFaults([misspelt, lacking]);
    expect(faults).toHaveLength(2);
    expect(faults.join()).toContain('readOnlyRootfile');
    expect(faults.join()).toContain('selector');
  });

  test('are all in the kustomization, but the job that is run by hand', () => {
    const { resources } = parse(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8'));
    const files = readdirSync(FOLDER).filter((file) => file !== 'kustomization.yaml');
    expect([...resources, 'migrate.yaml'].toSorted()).toEqual(files.toSorted());
  });

  test('select the pods that there are', () => {
    const labels = deployment().spec?.template.metadata?.labels ?? {};
    const selectors = JSON.stringify(allManifests()).matchAll(
      /"(?:selector|matchLabels|podSelector)":(\{"app[^{}]*\})/g,
    );
    const found = [...selectors].map(([, json = '{}']) => JSON.parse(json));
    expect(found.length).toBeGreaterThan(3);
    for (const selector of found) expect(labels).toMatchObject(selector);
  });

  test.each(pods)('%s runs under the restricted pod security standard', (_name, pod) => {
    expect(pod?.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: Number(ourImage.user.split(':')[0]),
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod?.automountServiceAccountToken).toBe(false);
    const { securityContext, resources, image } = only(pod?.containers);
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(resources?.requests).toBeDefined();
    expect(resources?.limits).toHaveProperty('memory');
    expect(image).not.toMatch(/:latest$/);
  });

  test.each(pods)('%s gets no variable that Keyturn would take for a setting', (_name, pod) => {
    expect(pod?.enableServiceLinks).toBe(false); // KEYTURN_PORT=tcp://… of the service.
  });

  test('the database’s address comes from a Secret alone', () => {
    for (const [, pod] of pods) {
      const variable = only(pod?.containers).env?.find(({ name }) => name === 'KEYTURN_DATABASE');
      expect(variable?.valueFrom?.secretKeyRef).toBeDefined();
      expect(variable?.value).toBeUndefined();
    }
  });

  test('a pod has time to leave the service, and to finish', () => {
    const stop = only(server?.containers).lifecycle?.preStop?.exec?.command ?? [];
    expect(stop[0]).toBe('sleep');
    const seconds = Number(stop[1]) + DRAIN_SECONDS;
    expect(server?.terminationGracePeriodSeconds).toBeGreaterThan(seconds);
  });
});

let installed: Installed;
beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

describe('what the manifests start', () => {
  let database: TestDatabase | undefined;
  let data: string;
  beforeAll(() => {
    data = mkdtempSync(join(tmpdir(), 'keyturn-pod-'));
  });
  afterAll(async () => {
    rmSync(data, { recursive: true, force: true });
    await database?.drop();
  });

  test('migrates a PostgreSQL, is probed alive and ready, and leaves when it is told', async (ctx) => {
    jailOrSkip(ctx);
    postgresOrSkip(ctx);
    database = await createDatabase();
    const port = await freePort();
    const url = database.url;
    const start = (container: Container) => {
      const given = (container.env ?? []).map(({ name, value, valueFrom }) => {
        const text = valueFrom?.secretKeyRef === undefined ? (value ?? '') : url;
        return [name, text.replace(ourImage.volume, data)] as const;
      });
      const own = { ...ourImage.env, ...Object.fromEntries(given), KEYTURN_PORT: String(port) };
      const args = [...ourImage.entrypoint, ...(container.args ?? [])];
      return jailed(commandHere(args, installed), { writable: [data], cwd: data, env: own });
    };
    const probed = async ({ httpGet }: Probe = {}) => {
      const answer = await fetch(`http://127.0.0.1:${port}${httpGet?.path}`).catch(() => undefined);
      return answer?.status;
    };

    const { startupProbe, livenessProbe, readinessProbe, ...container } = only(server?.containers);
    // Before the migration: it says so and ends, so that nothing is served from what is not there.
    const early = start(container);
    expect(await early.ended).toBe(3);
    expect(early.output()).toContain('keyturn migrate');

    const migrated = start(only(job?.containers));
    expect(await migrated.ended, migrated.output()).toBe(0);
    const pod = start(container);
    await expect.poll(() => probed(startupProbe), BOUND).toBe(200);
    await expect.poll(() => probed(readinessProbe), BOUND).toBe(200);
    expect(await probed(livenessProbe)).toBe(200);
    expect(pod.output()).not.toMatch(/\/setup#/);
    pod.kill('SIGTERM');
    expect(await pod.ended, pod.output()).toBe(0);
  });
});

describe('the CronJob of integrations/', () => {
  const cronJob: CronJob = parse(partAt('kubernetes/cronjob.yaml'));
  const job = cronJob.spec?.jobTemplate.spec;

  /** The container as it would be started, with its variables from the Secret. */
  function started(project: DueProject): Promise<Said> {
    const [container] = job?.template.spec?.containers ?? [];
    const isSet = ({ name }: { readonly name: string }) => name !== 'KEYTURN_PUBLIC_URL';
    const given = (container?.env ?? []).filter(isSet).map(({ name, value, valueFrom }) => {
      const isSecret = valueFrom?.secretKeyRef !== undefined;
      return [name, isSecret ? (project.env['KEYTURN_DATABASE'] ?? '') : (value ?? '')] as const;
    });
    const command = commandHere([...ourImage.entrypoint, ...(container?.args ?? [])], installed);
    return inJail(command, project, { NODE_ENV: 'production', ...Object.fromEntries(given) });
  }

  test('rotates, without rights and on a root that it cannot write', async (ctx) => {
    jailOrSkip(ctx);
    const project = await due('free');
    const ran = await started(project);
    expect(ran.exit, ran.output).toBe(0);
    expectRotated(project, ran.output);
  });

  test('is a failed job at once where a person is needed, and tried again where the database is away', async (ctx) => {
    jailOrSkip(ctx);
    const ran = await started(await due('stuck'));
    const fails = (exit: number | null) =>
      job?.podFailurePolicy?.rules.some(
        ({ action: what, onExitCodes }) =>
          what === 'FailJob' && onExitCodes?.values.includes(exit ?? Number.NaN),
      );
    expect(fails(ran.exit)).toBe(true);
    expect(fails(3)).toBe(false);
    expect(job?.backoffLimit).toBeGreaterThan(0);
    // Without it the policy is refused.
    expect(job?.template.spec?.restartPolicy).toBe('Never');
  });
});
