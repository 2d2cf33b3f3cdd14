import { hasOnly, type Said, startVendor, TOKEN, UNWANTED, type Vendor } from './vendor.js';

// Strict server written from the documentation, not a real one:
// https://docs.gitlab.com/api/project_level_variables/
// https://docs.gitlab.com/api/group_level_variables/
const FOLDER = '/api/v4/projects/acme%2Fshop%2Fapi/variables';

export interface GitLab extends Vendor {
  readonly variables: Variable[];
  scopes: string[];
}

interface Variable {
  key: string;
  value: string;
  environment_scope: string;
  masked: boolean;
  protected: boolean;
  raw: boolean;
  hidden: boolean;
}

const CREATED = ['key', 'value', 'environment_scope', 'masked', 'protected', 'raw'];

function message(status: number, said: unknown): Said {
  return { status, body: { message: said } };
}

export async function startGitLab(): Promise<GitLab> {
  const flags = { masked: true, protected: false, raw: true, hidden: false };
  const variables: Variable[] = [
    { key: 'API_KEY', value: 'for staging', environment_scope: 'staging', ...flags },
  ];
  const shown = (one: Variable) => ({ ...one, value: one.hidden ? null : one.value });
  const ours = () => variables.find((one) => one.environment_scope === 'production');
  const vendor = await startVendor({
    rules: [
      ({ path, headers }) => {
        if (headers['private-token'] !== TOKEN) return message(401, '401 Unauthorized');
        if (path === '/api/v4/personal_access_tokens/self') {
          return { status: 200, body: { scopes: vendorOf.scopes } };
        }
        return path.startsWith(FOLDER) ? undefined : message(404, '404 Project Not Found');
      },
      ({ method, json }) => {
        if (method === 'GET') return undefined;
        if (!vendorOf.scopes.includes('api')) {
          return { status: 403, body: { error: 'insufficient_scope' } };
        }
        const isUnwanted = String(json['value']).includes(UNWANTED);
        return isUnwanted ? message(400, { value: ['is invalid'] }) : undefined;
      },
      ({ method, json }, violate) => {
        if (method !== 'POST') return undefined;
        if (!hasOnly(json, ...CREATED)) violate('an unknown field');
        if (ours() !== undefined)
          return message(400, { key: ['(API_KEY) has already been taken'] });
        const [value, scope] = [String(json['value']), String(json['environment_scope'])];
        const isOpen = [json['masked'], json['protected'], json['raw']].some(
          (flag) => flag !== true,
        );
        if (isOpen) violate('a new one in the open');
        variables.push({
          ...flags,
          protected: true,
          key: 'API_KEY',
          value,
          environment_scope: scope,
        });
        return { status: 201, body: {} };
      },
      ({ method, path, query, json }, violate) => {
        const scope = query.get('filter[environment_scope]');
        if (scope === null) violate('no filter, though several have this key');
        const found = variables.find((one) => one.environment_scope === scope);
        if (found === undefined || path !== `${FOLDER}/API_KEY`) {
          return message(404, '404 Variable Not Found');
        }
        if (method !== 'GET') {
          if (method !== 'PUT' || !hasOnly(json, 'value'))
            violate('more than the value is changed');
          found.value = String(json['value']);
        }
        return { status: 200, body: shown(found) };
      },
    ],
    isWrite: ({ method }) => method !== 'GET',
    throttled: { status: 429, headers: { 'retry-after': '7' }, body: 'Retry later' },
    down: message(502, 'GitLab is not responding'),
    held: () => ours()?.value,
    put(value) {
      const found = ours();
      if (found !== undefined) found.value = value;
      else variables.push({ ...flags, key: 'API_KEY', value, environment_scope: 'production' });
    },
  });
  const vendorOf: GitLab = Object.assign(vendor, { variables, scopes: ['api'] });
  return vendorOf;
}
