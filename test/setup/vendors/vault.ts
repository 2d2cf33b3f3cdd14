import {
  hasOnly,
  objectIn,
  type Said,
  startVendor,
  TOKEN,
  UNWANTED,
  type Vendor,
} from './vendor.js';

// Strict server written from the documentation, not a real one:
// https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
// https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2/cookbook/patch-data
// https://openbao.org/api-docs/secret/kv/kv-v2/
const DATA = '/v1/secret/data/apps/api';
const MISMATCH = 'check-and-set parameter did not match the current version';

export interface Vault extends Vendor {
  /** What stands there; `undefined` where its version was deleted. */
  data: Record<string, unknown> | undefined;
  version: number;
  capabilities: string[];
  /** Of the engine at `secret`. */
  engine: string;
}

function errors(status: number, ...said: readonly string[]): Said {
  return { status, body: { errors: said } };
}

export async function startVault(): Promise<Vault> {
  const state: Pick<Vault, 'data' | 'version' | 'capabilities' | 'engine'> = {
    data: { user: 'kept', size: 9 },
    version: 3,
    capabilities: ['create', 'patch', 'read'],
    engine: '2',
  };
  const metadata = () => ({ version: vault.version, destroyed: false });
  const write = (change: Record<string, unknown>): Said => {
    vault.data = { ...vault.data, ...change };
    vault.version += 1;
    return { status: 200, body: { data: metadata() } };
  };
  const vendor = await startVendor({
    rules: [
      ({ headers }, violate) => {
        if (headers['x-vault-request'] !== 'true') violate('no X-Vault-Request');
        if (headers['x-vault-namespace'] !== 'team-a') violate('no X-Vault-Namespace');
        return headers['x-vault-token'] === TOKEN ? undefined : errors(403, 'permission denied');
      },
      ({ path }) => {
        const { capabilities, engine: version } = vault;
        if (path === '/v1/sys/capabilities-self') {
          return { status: 200, body: { data: { capabilities } } };
        }
        if (path.startsWith('/v1/sys/internal/ui/mounts/')) {
          return { status: 200, body: { data: { type: 'kv', options: { version } } } };
        }
        if (path.startsWith('/v1/nowhere/')) return errors(404, 'no handler for route "nowhere/"');
        return path === DATA ? undefined : errors(403, 'permission denied');
      },
      ({ method }) => {
        if (method !== 'GET') return undefined;
        return vault.data === undefined ? gone() : found();
      },
      ({ json }, violate) => {
        if (!hasOnly(json, 'options', 'data')) violate('a field beside options and data');
        const { cas } = objectIn(json, 'options');
        if (typeof cas !== 'number') violate('a write without cas');
        if (cas !== vault.version) return errors(400, MISMATCH);
        return JSON.stringify(json).includes(UNWANTED) ? errors(413, 'too large') : undefined;
      },
      ({ method, json }, violate) => {
        if (method !== 'POST') return undefined;
        if (vault.data !== undefined) violate('a whole write over other fields');
        return write(objectIn(json, 'data'));
      },
      ({ method, headers, json }) => {
        if (method !== 'PATCH') return undefined;
        if (headers['content-type'] !== 'application/merge-patch+json') return errors(415);
        return vault.data === undefined ? gone() : write(objectIn(json, 'data'));
      },
    ],
    isWrite: ({ method, path }) => method !== 'GET' && path === DATA,
    throttled: {
      ...errors(429, 'request path "secret/data": rate limit quota exceeded'),
      headers: { 'retry-after': '7' },
    },
    down: errors(503, 'Vault is sealed'),
    held: () => (typeof vault.data?.['api_key'] === 'string' ? vault.data['api_key'] : undefined),
    put: (value) => void write({ api_key: value }),
  });
  const found = () => ({ status: 200, body: { data: { data: vault.data, metadata: metadata() } } });
  const gone = (): Said =>
    vault.version === 0
      ? errors(404)
      : { status: 404, body: { data: { data: null, metadata: metadata() } } };
  const vault: Vault = Object.assign(vendor, state);
  return vault;
}
