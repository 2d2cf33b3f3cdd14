import { expect, test } from 'vitest';
import { checkPackages } from './doctor-packages.js';
import type { Settings } from './settings.js';

const token = { env: 'TOKEN' };
const ALL = {
  destinations: {
    connections: {
      code: { kind: 'github', url: 'https://api.github.com', token },
      cloud: { kind: 'aws', region: 'eu-central-1' },
      more: { kind: 'aws', region: 'eu-west-1' },
    },
  },
  notices: { smtp: { host: 'mail.example', port: 587, from: 'a@b.example' }, templates: '/srv/t' },
  signIn: {
    providers: [
      { id: 'own', issuer: 'https://login.example', clientId: 'keyturn', clientSecret: token },
    ],
  },
} satisfies Pick<Settings, 'destinations' | 'notices' | 'signIn'>;

test('each package that the configuration needs and that is not there is named once', () => {
  const checks = checkPackages(ALL, () => false);
  expect(checks.map(({ name, status, fix }) => [name, status, fix])).toEqual([
    ['packages', 'warn', 'npm install nodemailer'],
    ['packages', 'warn', 'npm install mustache'],
    ['packages', 'warn', 'npm install openid-client'],
    ['packages', 'warn', 'npm install libsodium-wrappers'],
    ['packages', 'warn', 'npm install @aws-sdk/client-secrets-manager'],
  ]);
  expect(checks[0]?.detail).toBe('nodemailer is not installed: no mail leaves.');
});

test('nothing is said of what is there, or is not needed', () => {
  expect(checkPackages(ALL, () => true)).toEqual([]);
  expect(checkPackages({ destinations: null, notices: null, signIn: null }, () => false)).toEqual(
    [],
  );
  expect(checkPackages(ALL)).toEqual([]); // Those of this project are all installed.
});
