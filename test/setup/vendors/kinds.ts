import { awsSecretsManager } from '../../../src/deliver/aws-secrets-manager.js';
import type { NetworkOutside } from '../../../src/deliver/call.js';
import type { ConnectionSettings, Credential } from '../../../src/deliver/connection.js';
import type { Destination } from '../../../src/deliver/destination.js';
import { githubActionsSecret } from '../../../src/deliver/github-actions-secret.js';
import { gitlabVariable } from '../../../src/deliver/gitlab-variable.js';
import { kubernetesSecret } from '../../../src/deliver/kubernetes-secret.js';
import { vaultKv } from '../../../src/deliver/vault-kv.js';
import { webhook } from '../../../src/deliver/webhook.js';
import { keyIdFrom } from '../../../src/keys/id.js';
import { startAws } from './aws.js';
import { startGitHub } from './github.js';
import { startGitLab } from './gitlab.js';
import { startKubernetes } from './kubernetes.js';
import { SIGNING_SECRET, startReceiver } from './receiver.js';
import { startVault } from './vault.js';
import { TOKEN, type Vendor } from './vendor.js';

const keyId = keyIdFrom('key_01k9z6w2r8v4t0q7m3x5b1n9hd');

/** A kind of destination, and a server that it talks to. */
export interface Kind {
  readonly name: string;
  readonly start: () => Promise<Vendor>;
  readonly connection: (url: string, credential: Credential) => ConnectionSettings;
  readonly credential: string;
  readonly open: (outside: NetworkOutside, isElsewhere: boolean) => Destination;
  /** Whether it tells what it holds. */
  readonly isReadable: boolean;
  /** Whether the target itself compares before it writes. */
  readonly comparesItself: boolean;
}

const connection = 'target';

/** Whose secret it is. */
export function key() {
  if (keyId === undefined) throw new Error('It is no id.');
  return keyId;
}

export const kinds: readonly Kind[] = [
  {
    name: 'webhook',
    start: startReceiver,
    connection: (url, secret) => ({ kind: 'webhook', url: `${url}/hook/`, secret }),
    credential: SIGNING_SECRET,
    open: (outside, isElsewhere) =>
      webhook.open({ connection: isElsewhere ? 'elsewhere' : connection }, outside, key()),
    isReadable: true,
    comparesItself: true,
  },
  {
    name: 'kubernetes',
    start: startKubernetes,
    connection: (url, token) => ({ kind: 'kubernetes', url, token }),
    credential: TOKEN,
    open: (outside, isElsewhere) =>
      kubernetesSecret.open(
        { connection, namespace: 'shop', secret: isElsewhere ? 'none' : 'api', field: 'API_KEY' },
        outside,
        key(),
      ),
    isReadable: true,
    comparesItself: true,
  },
  {
    name: 'vault',
    start: startVault,
    connection: (url, token) => ({ kind: 'vault', url, token, namespace: 'team-a' }),
    credential: TOKEN,
    open: (outside, isElsewhere) => {
      const mount = isElsewhere ? 'nowhere' : 'secret';
      return vaultKv.open(
        { connection, mount, path: 'apps/api', field: 'api_key' },
        outside,
        key(),
      );
    },
    isReadable: true,
    comparesItself: true,
  },
  {
    name: 'aws',
    start: startAws,
    connection: (url, secretAccessKey) => ({
      kind: 'aws',
      url,
      region: 'eu-central-1',
      accessKeyId: { env: 'AWS_ID' },
      secretAccessKey,
    }),
    credential: TOKEN,
    open: (outside, isElsewhere) =>
      awsSecretsManager.open(
        { connection, secret: isElsewhere ? 'shop/none' : 'shop/api' },
        outside,
        key(),
      ),
    isReadable: true,
    comparesItself: true,
  },
  {
    name: 'github',
    start: startGitHub,
    connection: (url, token) => ({ kind: 'github', url, token }),
    credential: TOKEN,
    open: (outside, isElsewhere) => {
      const repository = isElsewhere ? 'acme/none' : 'acme/api';
      return githubActionsSecret.open(
        { connection, repository, secret: 'API_KEY' },
        outside,
        key(),
      );
    },
    isReadable: false,
    comparesItself: false,
  },
  {
    name: 'gitlab',
    start: startGitLab,
    connection: (url, token) => ({ kind: 'gitlab', url, token }),
    credential: TOKEN,
    open: (outside, isElsewhere) =>
      gitlabVariable.open(
        {
          connection,
          project: isElsewhere ? 'acme/none' : 'acme/shop/api',
          variable: 'API_KEY',
          environment: 'production',
        },
        outside,
        key(),
      ),
    isReadable: true,
    comparesItself: false,
  },
];
