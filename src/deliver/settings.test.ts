import { expect, test } from 'vitest';
import { githubActionsSecret } from './github-actions-secret.js';
import { gitlabVariable } from './gitlab-variable.js';
import { kubernetesSecret } from './kubernetes-secret.js';
import { vaultKv } from './vault-kv.js';

const forms = {
  repository: githubActionsSecret.settings.fields?.['repository'],
  environment: githubActionsSecret.settings.fields?.['environment'],
  secret: githubActionsSecret.settings.fields?.['secret'],
  project: gitlabVariable.settings.fields?.['project'],
  namespace: kubernetesSecret.settings.fields?.['namespace'],
  path: vaultKv.settings.fields?.['path'],
  field: kubernetesSecret.settings.fields?.['field'],
};

test.each([
  ['repository', 'acme/api.js', true],
  ['repository', 'acme/..', false],
  ['repository', 'acme/api/../x', false],
  ['environment', 'prod eu', true],
  ['environment', '..', false],
  ['secret', 'API_KEY', true],
  ['secret', 'GITHUB_TOKEN', false],
  ['secret', '../API_KEY', false],
  ['project', 'acme/shop/api', true],
  ['project', 'acme/../api', false],
  ['path', 'apps/api', true],
  ['path', '../../sys/policy/x', false],
  ['path', 'apps/./x', false],
  ['path', 'apps//x', false],
  ['path', 'apps/x?y', false],
  ['path', 'apps/x#y', false],
  ['path', '', false],
  ['namespace', 'shop', true],
  ['namespace', '..', false],
  ['namespace', 'shop/secrets', false],
  ['field', '.dockerconfigjson', true],
  ['field', '..', false],
] as const)('security 44: as %s, %s is taken: %s', (name, value, isTaken) => {
  expect(forms[name]?.fits(value)).toBe(isTaken);
});
