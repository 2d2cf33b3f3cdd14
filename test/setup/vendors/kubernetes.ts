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
// https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/
// https://kubernetes.io/docs/reference/using-api/api-concepts/ (resource versions, dry run)
const SECRET = '/api/v1/namespaces/shop/secrets/api';
const WORKLOADS = ['deployments/api', 'statefulsets/queue', 'daemonsets/agent'];
const APPS = '/apis/apps/v1/namespaces/shop/';
const STRATEGIC = 'application/strategic-merge-patch+json';

export interface Kubernetes extends Vendor {
  readonly restarts: string[];
  readonly data: Record<string, string>;
  /** What the credential may not do: `patch /path`. */
  readonly denied: string[];
}

function isWorkload(path: string): boolean {
  return path.startsWith(APPS) && WORKLOADS.includes(path.slice(APPS.length));
}

function status(code: number, reason: string): Said {
  return { status: code, body: { kind: 'Status', status: 'Failure', reason, code } };
}

export async function startKubernetes(): Promise<Kubernetes> {
  const restarts: string[] = [];
  const denied: string[] = [];
  const data: Record<string, string> = { other: base64('kept') };
  let version = 100;
  const secret = (): Said => ({
    status: 200,
    body: { kind: 'Secret', metadata: { resourceVersion: String(version) }, data },
  });
  const vendor = await startVendor({
    rules: [
      ({ method, path, headers }) => {
        if (headers.authorization !== `Bearer ${TOKEN}`) return status(401, 'Unauthorized');
        if (denied.includes(`${method} ${path}`)) return status(403, 'Forbidden');
        return path === SECRET || isWorkload(path) ? undefined : status(404, 'NotFound');
      },
      ({ method, headers }) => {
        if (method === 'GET') return secret();
        if (method !== 'PATCH') return status(405, 'MethodNotAllowed');
        return headers['content-type'] === STRATEGIC ? undefined : status(415, 'Unsupported');
      },
      ({ query }, violate) => {
        const dryRun = query.get('dryRun');
        if (dryRun === null) return undefined;
        if (dryRun !== 'All') violate('dryRun has one value: All');
        return secret();
      },
      ({ path, json }) => {
        if (!isWorkload(path)) return undefined;
        const template = objectIn(objectIn(json, 'spec'), 'template');
        const annotations = objectIn(objectIn(template, 'metadata'), 'annotations');
        restarts.push(`${path} ${annotations['kubectl.kubernetes.io/restartedAt']}`);
        return { status: 200, body: {} };
      },
      ({ json }, violate) => {
        if (!hasOnly(json, 'metadata', 'data')) violate('a field beside metadata and data');
        const { resourceVersion } = objectIn(json, 'metadata');
        if (resourceVersion === undefined) violate('a patch without resourceVersion');
        return resourceVersion === String(version) ? undefined : status(409, 'Conflict');
      },
      ({ json }, violate) => {
        const change = Object.entries(objectIn(json, 'data'));
        for (const [, value] of change) {
          if (base64(decoded(String(value)) ?? '') !== value) violate('no base64');
          if (decoded(String(value))?.includes(UNWANTED)) return status(422, 'Invalid');
        }
        for (const [name, value] of change) data[name] = String(value);
        version += 1;
        return secret();
      },
    ],
    isWrite: ({ method, path, query }) =>
      method === 'PATCH' && path === SECRET && query.get('dryRun') === null,
    throttled: { ...status(429, 'TooManyRequests'), headers: { 'retry-after': '7' } },
    down: status(503, 'ServiceUnavailable'),
    held: () => decoded(data['API_KEY']),
    put(value) {
      data['API_KEY'] = base64(value);
      version += 1;
    },
  });
  return Object.assign(vendor, { restarts, data, denied });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString();
}
