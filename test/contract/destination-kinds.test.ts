import { afterEach, describe, expect, test } from 'vitest';
import { awsSecretsManager } from '../../src/deliver/aws-secrets-manager.js';
import type { ConnectionSettings } from '../../src/deliver/connection.js';
import type { Destination } from '../../src/deliver/destination.js';
import { githubActionsSecret } from '../../src/deliver/github-actions-secret.js';
import { gitlabVariable } from '../../src/deliver/gitlab-variable.js';
import { kubernetesSecret } from '../../src/deliver/kubernetes-secret.js';
import { vaultKv } from '../../src/deliver/vault-kv.js';
import { digestOf } from '../../src/keys/digest.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { startAws } from '../setup/vendors/aws.js';
import { startGitHub } from '../setup/vendors/github.js';
import { startGitLab } from '../setup/vendors/gitlab.js';
import { key } from '../setup/vendors/kinds.js';
import { startKubernetes } from '../setup/vendors/kubernetes.js';
import { outsideOf } from '../setup/vendors/outside.js';
import { startVault } from '../setup/vendors/vault.js';
import type { Vendor } from '../setup/vendors/vendor.js';

const OLD = 'key_live_0ldS3cretValue4aXk9TzQ1mWb7uRc2yLh5sJd8';
const NEW = 'key_live_N3wS3cretValue6fPg0VnEo4iKx7tBq9wMz1rYa';
const delivery = { id: 'dlv_1', secretNumber: 2 };
const connection = 'target';
const token = { env: 'CREDENTIAL' };

const started: Vendor[] = [];

afterEach(async () => {
  const vendors = started.splice(0);
  await Promise.all(vendors.map((vendor) => vendor.close()));
  expect(vendors.flatMap((vendor) => vendor.violations)).toEqual([]);
});

async function start<V extends Vendor>(vendor: Promise<V>): Promise<V> {
  started.push(await vendor);
  return vendor;
}

const nowMs = Date.now();

function outside(settings: ConnectionSettings) {
  return outsideOf({ target: settings }, { nowMs });
}

async function deliver(destination: Destination, value = NEW) {
  return destination.write(new Plaintext(value), await destination.read(), delivery);
}

const auth = { kind: 'failed', class: 'destination_auth' };
const missing = { kind: 'failed', class: 'target_missing' };

describe('kubernetes', () => {
  async function opened(restart: string[] = []) {
    const vendor = await start(startKubernetes());
    vendor.put(OLD);
    const settings = { connection, namespace: 'shop', secret: 'api', field: 'API_KEY', restart };
    const way = outside({ kind: 'kubernetes', url: vendor.url, token });
    return { vendor, destination: kubernetesSecret.open(settings, way, key()) };
  }

  test('other fields of the Secret are kept, and a change of them is no drift', async () => {
    const { vendor, destination } = await opened();
    const before = await destination.read();
    vendor.beforeWrite = () => {
      vendor.data['other'] = 'Y2hhbmdlZA==';
      vendor.put(OLD);
    };
    const done = await destination.write(new Plaintext(NEW), before, delivery);
    expect(done).toMatchObject({ kind: 'written' });
    expect([vendor.held(), vendor.data['other']]).toEqual([NEW, 'Y2hhbmdlZA==']);
  });

  test('workloads are restarted as kubectl does it', async () => {
    const names = ['deployment/api', 'statefulset/queue', 'daemonset/agent'];
    const { vendor, destination } = await opened(names);
    expect(await destination.preflight()).toEqual({ kind: 'ready' });
    expect(vendor.restarts).toEqual([]);
    expect(await destination.reload()).toEqual({ kind: 'reloaded' });
    const time = new Date(nowMs).toISOString();
    const all = ['deployments/api', 'statefulsets/queue', 'daemonsets/agent'];
    expect(vendor.restarts).toEqual(
      all.map((one) => `/apis/apps/v1/namespaces/shop/${one} ${time}`),
    );
  });

  test('a right to patch that lacks is found before, by a dry run', async () => {
    const { vendor, destination } = await opened(['deployment/api']);
    for (const path of [
      '/api/v1/namespaces/shop/secrets/api',
      '/apis/apps/v1/namespaces/shop/deployments/api',
    ]) {
      vendor.denied.splice(0, 1, `PATCH ${path}`);
      expect(await destination.preflight()).toMatchObject(auth);
    }
    expect(vendor.held()).toBe(OLD);
    const { destination: lost } = await opened(['deployment/none']);
    expect(await lost.preflight()).toMatchObject(missing);
  });
});

describe('vault', () => {
  async function opened() {
    const vendor = await start(startVault());
    const way = outside({ kind: 'vault', url: vendor.url, token, namespace: 'team-a' });
    const settings = { connection, path: 'apps/api', field: 'api_key' };
    return { vendor, destination: vaultKv.open(settings, way, key()) };
  }

  test('other fields are kept as they are', async () => {
    const { vendor, destination } = await opened();
    await deliver(destination);
    expect(vendor.data).toEqual({ user: 'kept', size: 9, api_key: NEW });
  });

  test.each([
    ['that was never written', 0],
    ['whose last version was deleted', 4],
  ])('a secret %s is begun', async (_what, version) => {
    const { vendor, destination } = await opened();
    Object.assign(vendor, { data: undefined, version });
    expect(await destination.preflight()).toEqual({ kind: 'ready' });
    expect(await deliver(destination)).toEqual({ kind: 'written', version: String(version + 1) });
    expect(vendor.data).toEqual({ api_key: NEW });
  });

  test('a right that lacks is found before', async () => {
    const { vendor, destination } = await opened();
    vendor.capabilities = ['read', 'create'];
    expect(await destination.preflight()).toMatchObject(auth);
    Object.assign(vendor, { data: undefined, version: 0 });
    expect(await destination.preflight()).toEqual({ kind: 'ready' });
  });

  test('an engine of version 1 is found before', async () => {
    const { vendor, destination } = await opened();
    Object.assign(vendor, { data: undefined, version: 0, engine: '1' });
    expect(await destination.preflight()).toMatchObject(missing);
  });
});

describe('aws', () => {
  async function opened(field?: string) {
    const vendor = await start(startAws());
    const settings = { connection, secret: 'shop/api', ...(field === undefined ? {} : { field }) };
    const way = outside({
      ...{ kind: 'aws', url: vendor.url, region: 'eu-central-1' },
      ...{ accessKeyId: { env: 'AWS_ID' }, secretAccessKey: token },
    });
    return { vendor, destination: awsSecretsManager.open(settings, way, key()) };
  }

  test('the version that was current is kept as AWSPREVIOUS', async () => {
    const { vendor, destination } = await opened();
    vendor.put(OLD);
    await deliver(destination);
    const previous = vendor.stages.get('AWSPREVIOUS') ?? '';
    expect([vendor.held(), vendor.versions.get(previous)]).toEqual([NEW, OLD]);
  });

  test('other fields of a JSON object are kept', async () => {
    const { vendor, destination } = await opened('api_key');
    vendor.put('{"user":"kept","api_key":"before","more":[1,{"a":null}]}');
    expect(await destination.read()).toMatchObject({ fingerprint: digestOf('before') });
    await deliver(destination);
    const text = `{"user":"kept","api_key":"${NEW}","more":[1,{"a":null}]}`;
    expect(vendor.held()).toBe(text);
    expect(await destination.read()).toMatchObject({ fingerprint: digestOf(NEW) });
  });

  test.each(['no JSON', '[1]', '{"id":12345678901234567890}', '{"api_key":{}}'])(
    'a field of %s is refused',
    async (text) => {
      const { vendor, destination } = await opened('api_key');
      vendor.put(text);
      expect(await deliver(destination)).toMatchObject(missing);
      expect(vendor.held()).toBe(text);
    },
  );

  test('a right that lacks needs a person, and leaves what is current', async () => {
    const { vendor, destination } = await opened();
    vendor.put(OLD);
    vendor.denied = 'UpdateSecretVersionStage';
    expect(await deliver(destination)).toMatchObject(auth);
    expect(vendor.held()).toBe(OLD);
  });
});

describe('github', () => {
  async function opened(where: {
    repository?: string;
    organisation?: string;
    environment?: string;
  }) {
    const vendor = await start(startGitHub());
    const way = outside({ kind: 'github', url: vendor.url, token });
    const settings = { connection, secret: 'API_KEY', ...where };
    return { vendor, destination: githubActionsSecret.open(settings, way, key()) };
  }

  test('a secret of an environment is another than the repository’s', async () => {
    const { vendor, destination } = await opened({
      repository: 'acme/api',
      environment: 'prod eu',
    });
    await deliver(destination);
    const [[path, held] = []] = vendor.secrets;
    expect(path).toBe('/repos/acme/api/environments/prod%20eu/secrets/API_KEY');
    expect(held?.value).toBe(NEW);
  });

  test('who sees an organisation’s secret stays, over several pages; a new one nobody sees', async () => {
    const { vendor, destination } = await opened({ organisation: 'acme' });
    const path = '/orgs/acme/actions/secrets/API_KEY';
    await deliver(destination);
    expect(vendor.secrets.get(path)).toMatchObject({ visibility: 'selected', repositories: [] });
    await deliver(destination);
    const ids = Array.from({ length: 103 }, (_, index) => index + 1);
    expect(vendor.secrets.get(path)).toMatchObject({ repositories: ids });
    vendor.secrets.set(path, { value: OLD, visibility: 'private', updatedAt: '2026' });
    await deliver(destination);
    expect(vendor.secrets.get(path)).toMatchObject({ value: NEW, visibility: 'private' });
  });

  test.each([
    {},
    { repository: 'a/b', organisation: 'a' },
    { organisation: 'a', environment: 'b' },
  ])('neither of a repository nor of an organisation is refused: %o', async (where) => {
    await expect(opened(where)).rejects.toThrow('Send "repository"');
  });
});

describe('gitlab', () => {
  async function opened() {
    const vendor = await start(startGitLab());
    const where = { project: 'acme/shop/api', variable: 'API_KEY', environment: 'production' };
    const way = outside({ kind: 'gitlab', url: vendor.url, token });
    return { vendor, destination: gitlabVariable.open({ connection, ...where }, way, key()) };
  }

  test('what it is beside its value is kept, and other environments too', async () => {
    const { vendor, destination } = await opened();
    vendor.put(OLD);
    await deliver(destination);
    expect(vendor.variables).toMatchObject([
      { value: 'for staging', environment_scope: 'staging' },
      { value: NEW, environment_scope: 'production', masked: true, protected: false },
    ]);
  });

  test('a hidden one is written, and cannot be read back', async () => {
    const { vendor, destination } = await opened();
    vendor.put(OLD);
    Object.assign(vendor.variables[1] ?? {}, { hidden: true });
    const done = await deliver(destination);
    expect(done).toMatchObject({ kind: 'written' });
    expect(await destination.readBack(done)).toEqual({ kind: 'unreadable' });
    expect(vendor.held()).toBe(NEW);
  });

  test('a token that may only read is found before', async () => {
    const { vendor, destination } = await opened();
    vendor.put(OLD);
    vendor.scopes = ['read_api'];
    expect(await destination.preflight()).toMatchObject(auth);
  });
});
