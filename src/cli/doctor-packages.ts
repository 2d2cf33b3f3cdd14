import { createRequire } from 'node:module';
import { type Check, warned } from './doctor-check.js';
import type { Settings } from './settings.js';

type Configured = Pick<Settings, 'destinations' | 'notices' | 'signIn'>;

/** What is loaded at its first use, and what does not go without it. */
const PACKAGES: readonly {
  readonly name: string;
  readonly lost: string;
  readonly isNeeded: (settings: Configured) => boolean;
}[] = [
  {
    name: 'nodemailer',
    lost: 'no mail leaves',
    isNeeded: ({ notices }) => notices?.smtp !== undefined,
  },
  {
    name: 'mustache',
    lost: 'no mail leaves, as no template can be filled',
    isNeeded: ({ notices }) => notices?.templates !== undefined,
  },
  {
    name: 'openid-client',
    lost: 'nobody signs in by a provider',
    isNeeded: ({ signIn }) => (signIn?.providers ?? []).length > 0,
  },
  {
    name: 'libsodium-wrappers',
    lost: 'nothing is delivered to GitHub',
    isNeeded: (settings) => hasConnection(settings, 'github'),
  },
  {
    name: '@aws-sdk/client-secrets-manager',
    lost: 'nothing is delivered to AWS',
    isNeeded: (settings) => hasConnection(settings, 'aws'),
  },
];

/** Names packages that the configuration needs and that are not installed. */
export function checkPackages(settings: Configured, isThere = isInstalled): readonly Check[] {
  return PACKAGES.filter(({ name, isNeeded }) => isNeeded(settings) && !isThere(name)).map(
    ({ name, lost }) =>
      warned('packages', {
        detail: `${name} is not installed: ${lost}.`,
        fix: `npm install ${name}`,
      }),
  );
}

function hasConnection({ destinations }: Configured, kind: string): boolean {
  return Object.values(destinations?.connections ?? {}).some((one) => one.kind === kind);
}

/** Whether Keyturn would find it. */
export function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
