import { afterEach, describe, expect, test } from 'vitest';
import { awsSecretsManager } from '../../src/deliver/aws-secrets-manager.js';
import type { ConnectionSettings } from '../../src/deliver/connection.js';
import type { Destination } from '../../src/deliver/destination.js';
import { gitlabVariable } from '../../src/deliver/gitlab-variable.js';
import { kubernetesSecret } from '../../src/deliver/kubernetes-secret.js';
import { vaultKv } from '../../src/deliver/vault-kv.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { startAws } from '../setup/vendors/aws.js';
import { startGitLab } from '../setup/vendors/gitlab.js';
import { key } from '../setup/vendors/kinds.js';
import { startKubernetes } from '../setup/vendors/kubernetes.js';
import { outsideOf } from '../setup/vendors/outside.js';
import { startVault } from '../setup/vendors/vault.js';
import type { Heard, Said, Vendor } from '../setup/vendors/vendor.js';

// What a vendor documents beside the answers that all of them have in common.

const OLD = 'key_live_0ldS3cretValue4aXk9TzQ1mWb7uRc2yLh5sJd8';
const NEW = 'key_live_N3wS3cretValue6fPg0VnEo4iKx7tBq9wMz1rYa';
const OTHER = 'key_live_0therValue8cDs2JhWl5vGe3uXy6pNk9bTm0oQf';
const delivery = { id: 'dlv_1', secretNumber: 2 };
const connection = 'target';
const token = { env: 'CREDENTIAL' };

let vendor: Vendor | undefined;
afterEach(async () => {
  await vendor?.close();
  expect(vendor?.violations).toEqual([]);
});

const outside = (target: ConnectionSettings) => outsideOf({ target }, {});
const write = async (to: Destination) => to.write(new Plaintext(NEW), await to.read(), delivery);
const failed = (why: string) => ({ kind: 'failed', class: why });

/** Answers so where it is asked for this, and else as always. */
function refuse(of: Vendor, isAsked: (heard: Heard) => boolean, said: Said): void {
  of.instead = (heard, done) => (isAsked(heard) ? said : done());
}

describe('vault', () => {
  async function opened() {
    const own = await startVault();
    vendor = own;
    const way = outside({ kind: 'vault', url: own.url, token, namespace: 'team-a' });
    return {
      own,
      to: vaultKv.open({ connection, path: 'apps/api', field: 'api_key' }, way, key()),
    };
  }

  test('a standby that is behind is asked again', async () => {
    const { own, to } = await opened();
    own.put(OLD);
    refuse(own, () => true, {
      status: 412,
      body: { errors: ['required index state not present'] },
    });
    expect(await to.read()).toMatchObject(failed('transient'));
  });

  test('what was deleted in that very moment is drift', async () => {
    const { own, to } = await opened();
    own.put(OLD);
    const before = await to.read();
    own.beforeWrite = () => Object.assign(own, { data: undefined });
    const done = await to.write(new Plaintext(NEW), before, delivery);
    expect(done).toMatchObject({ kind: 'drift' });
    expect(own.held()).toBeUndefined();
  });
});

describe('kubernetes', () => {
  async function opened(restart: string[] = []) {
    const own = await startKubernetes();
    vendor = own;
    own.put(OLD);
    const settings = { connection, namespace: 'shop', secret: 'api', field: 'API_KEY', restart };
    const way = outside({ kind: 'kubernetes', url: own.url, token });
    return { own, to: kubernetesSecret.open(settings, way, key()) };
  }

  test('a Secret that is immutable needs a person before anything is written', async () => {
    const { own, to } = await opened();
    own.instead = (_heard, done) => {
      const { status, body } = done();
      return { status, body: { ...Object(body), immutable: true } };
    };
    expect(await to.preflight()).toMatchObject(failed('target_missing'));
    expect(await write(to)).toMatchObject(failed('target_missing'));
    expect(own.writeCount).toBe(0);
  });

  test('a workload that is changed at the same moment is restarted later', async () => {
    const { own, to } = await opened(['deployment/api']);
    refuse(own, ({ path }) => path.includes('/deployments/'), { status: 409 });
    expect(await to.reload()).toMatchObject(failed('transient'));
    own.instead = undefined;
    expect(await to.reload()).toEqual({ kind: 'reloaded' });
  });
});

describe('gitlab', () => {
  async function opened(where: object = { project: 'acme/shop/api' }) {
    const own = await startGitLab();
    vendor = own;
    const way = outside({ kind: 'gitlab', url: own.url, token });
    const settings = { connection, variable: 'API_KEY', environment: 'production', ...where };
    return { own, to: gitlabVariable.open(settings, way, key()) };
  }

  test('what somebody else made in that very moment stays', async () => {
    const { own, to } = await opened();
    const before = await to.read();
    own.beforeWrite = () => own.put(OTHER);
    expect(await to.write(new Plaintext(NEW), before, delivery)).toMatchObject({ kind: 'drift' });
    expect(own.held()).toBe(OTHER);
  });

  test('what somebody else deleted in that very moment is not made anew', async () => {
    const { own, to } = await opened();
    own.put(OLD);
    const before = await to.read();
    own.beforeWrite = () => void own.variables.pop();
    expect(await to.write(new Plaintext(NEW), before, delivery)).toMatchObject({ kind: 'drift' });
    expect(own.held()).toBeUndefined();
  });

  test('a variable of a group is asked for there', async () => {
    const { own, to } = await opened({ group: 'acme/shop' });
    own.instead = () => ({ status: 200, body: { value: OLD, hidden: false } });
    expect(await to.read()).toMatchObject({ kind: 'found' });
    expect(own.heard.map(({ path }) => path)).toEqual([
      '/api/v4/groups/acme%2Fshop/variables/API_KEY',
    ]);
  });
});

describe('aws', () => {
  async function opened() {
    const own = await startAws();
    vendor = own;
    own.put(OLD);
    const way = outside({
      ...{ kind: 'aws', url: own.url, region: 'eu-central-1' },
      ...{ accessKeyId: { env: 'AWS_ID' }, secretAccessKey: token },
    });
    return { own, to: awsSecretsManager.open({ connection, secret: 'shop/api' }, way, key()) };
  }
  const isAct = (act: string) => (heard: Heard) =>
    heard.headers['x-amz-target'] === `secretsmanager.${act}`;

  test.each([
    ['ExpiredTokenException', 'destination_auth'],
    ['InvalidRequestException', 'target_missing'], // It is to be deleted.
    ['DecryptionFailure', 'target_missing'],
  ])('%s: %s', async (type, why) => {
    const { own, to } = await opened();
    const said = { status: 400, body: { __type: type, message: `about ${OLD}` } };
    refuse(own, isAct('GetSecretValue'), said);
    const found = await to.read();
    expect(found).toMatchObject(failed(why));
    expect(JSON.stringify(found)).not.toContain(OLD);
  });

  test('a version that is there with another content is compared again', async () => {
    const { own, to } = await opened();
    const said = { status: 400, body: { __type: 'ResourceExistsException', message: '' } };
    refuse(own, isAct('PutSecretValue'), said);
    expect(await write(to)).toMatchObject(failed('transient'));
    expect(own.heard.filter(isAct('PutSecretValue'))).toHaveLength(3);
    expect(own.held()).toBe(OLD);
  });

  test('a secret of bytes is left alone', async () => {
    const { own, to } = await opened();
    const body = { Name: 'shop/api', SecretBinary: 'AAEC', VersionId: 'v'.padEnd(36, '0') };
    refuse(own, isAct('GetSecretValue'), { status: 200, body });
    expect(await write(to)).toMatchObject(failed('target_missing'));
    expect(own.heard.every(isAct('GetSecretValue'))).toBe(true);
  });
});
