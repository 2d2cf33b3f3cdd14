import { destinationFaults } from './destination-options.js';
import { ConfigInvalidError, type FieldFault } from './errors.js';
import {
  type Form,
  type Forms,
  faultsIn,
  isObject,
  objectOf,
  oneOf,
  required,
  wholeNumber,
} from './form.js';
import { NOTICE_OPTIONS } from './notice-options.js';
import type { KeyturnOptions, PublicSettings } from './options.js';
import { probeFaults } from './probe-options.js';
import { isSignIn, signInFaults } from './sign-in-options.js';

const DATABASE = /^(?:memory:$|sqlite:.|postgres(?:ql)?:\/\/.)/;
const POSTGRES = /^postgres(?:ql)?:\/\/./;
const BASE_PATH = /^(?:\/[A-Za-z0-9._~-]+)*$/;
const PUBLIC_URL = /^https?:\/\/[^/?#]+$/;
// Where no page can be asked for, a type is a name (RFC 9457 §3.1.1) and no link that leads nowhere.
const TYPES_UNSERVED = 'urn:keyturn:code:';
const LATER = ['redis']; // Options that the design has and this version has not.

/** The settings that the faces need, and how a mount says where it is. */
export interface MountableSettings {
  readonly settings: PublicSettings;
  /** See `Keyturn.mountedAt`. @throws {ConfigInvalidError} links cannot be made of it. */
  readonly mountedAt: (path: string) => void;
  /** Somebody has taken the handler, and will serve it. */
  readonly served: () => void;
}

/**
 * Checks the options; all faults are shown together.
 * @param hasPages false: what is served has no pages that a link could lead to.
 * @throws {ConfigInvalidError} one cannot be.
 */
export function settingsOf(options: KeyturnOptions, hasPages = true): MountableSettings {
  const faults = faultsOf(options);
  if (faults.length > 0) throw new ConfigInvalidError(faults.join(' '));
  const { publicUrl = null, trustedHops = 0 } = options;
  let { basePath } = options;
  let isServed = basePath !== undefined;
  const settings = {
    get basePath() {
      return basePath ?? '';
    },
    publicUrl,
    trustedHops,
    get problemTypes() {
      const isFound = (isServed && hasPages) || publicUrl !== null;
      return isFound ? `${publicUrl ?? ''}${basePath ?? ''}/docs/codes/` : TYPES_UNSERVED;
    },
  };
  const served = () => {
    isServed = true;
  };
  const mountedAt = (path: string) => {
    if (options.basePath !== undefined) return; // What the host says stands above what is seen.
    if (!BASE_PATH.test(path)) {
      throw new ConfigInvalidError(
        `Keyturn cannot be mounted at "${path}": links are made of it. Use a path like "/keyturn".`,
      );
    }
    basePath = path;
    served();
  };
  return { settings, mountedAt, served };
}

const database: Form = {
  wanted: 'a database',
  fits: (value) => isMatch(DATABASE, value),
  fix: 'Write "sqlite:./keyturn.db", "postgres://…" or "memory:".',
};
const OPTIONS: Forms<KeyturnOptions> = {
  database: required(database),
  directDatabase: {
    wanted: 'a PostgreSQL',
    fits: (value) => isMatch(POSTGRES, value),
    fix: 'Write "postgres://…", past the pooler.',
  },
  epochFile: {
    wanted: 'a path to a file',
    fits: (value) => typeof value === 'string' && value !== '' && !value.includes('\0'),
    fix: 'Write "/srv/app/keyturn-epoch", where no backup of the database reaches.',
  },
  basePath: {
    wanted: 'a path',
    fits: (value) => isMatch(BASE_PATH, value),
    fix: 'Write "/keyturn", without a slash at its end.',
  },
  publicUrl: {
    wanted: 'the base of an address',
    fits: (value) => isMatch(PUBLIC_URL, value),
    fix: 'Write "https://keys.example", without a path.',
  },
  trustedHops: {
    ...wholeNumber('a whole number', 0, Number.MAX_SAFE_INTEGER),
    fix: 'Write how many proxies in front are yours; 0 for none.',
  },
  recording: { ...oneOf('batched', 'write-through'), fix: 'Write one of them, or leave it out.' },
  destinations: {
    wanted: 'an object that says what destinations may reach',
    fits: isObject,
    fix: 'Write { roots: ["/srv/app"] }.',
  },
  probes: {
    wanted: 'an object that says what probes may reach',
    fits: isObject,
    fix: 'Write { hosts: ["api.example.com:443"] }.',
  },
  notices: NOTICE_OPTIONS,
  signedIn: {
    wanted: 'a function',
    fits: (value) => typeof value === 'function',
    fix: 'Give (request) => ({ actor }) or null.',
  },
  signIn: {
    wanted: 'an object that says how people sign in',
    fits: isObject,
    fix: 'Write { password: true }.',
  },
  log: { wanted: 'a logger', fits: isLog, fix: 'Give one with info, warn and error, like pino.' },
};
const CREATE = required(
  objectOf(OPTIONS, { wanted: 'an object of options', fieldIs: 'an option of createKeyturn' }),
);

function faultsOf(options: unknown): readonly string[] {
  const told = options ?? {}; // So that what is missing is named.
  const parts = [
    ...faultsInPart(told, 'destinations', destinationFaults),
    ...faultsInPart(told, 'probes', probeFaults),
    ...faultsInPart(told, 'signIn', signInFaults),
    ...faultsOfLinks(told),
  ];
  return [...faultsIn([CREATE, told]), ...parts].map(({ pointer, message, fix }) => {
    const name = pointer.slice(1);
    if (LATER.includes(name)) return `"${name}" is not there in this version. Leave it out.`;
    return name === '' ? `What was given ${message} ${fix}` : `"${name}" ${message} ${fix}`;
  });
}

/** Providers send browsers back to an address that is never built from `Host`. */
function faultsOfLinks(told: unknown): readonly FieldFault[] {
  if (!isObject(told) || Reflect.get(told, 'publicUrl') !== undefined) return [];
  const signIn: unknown = Reflect.get(told, 'signIn');
  if (!isSignIn(signIn) || (signIn.providers ?? []).length === 0) return [];
  const fix = 'Write "https://keys.example": providers send browsers back there.';
  return [{ pointer: '/publicUrl', message: 'is missing.', fix }];
}

/** Not an object at all, it has been told of. */
function faultsInPart(
  told: unknown,
  name: 'destinations' | 'probes' | 'signIn',
  within: (given: unknown) => readonly FieldFault[],
): readonly FieldFault[] {
  const given: unknown = isObject(told) ? Reflect.get(told, name) : undefined;
  if (!isObject(given)) return [];
  return within(given).map((fault) => ({ ...fault, pointer: `/${name}${fault.pointer}` }));
}

function isMatch(shape: RegExp, value: unknown): boolean {
  return typeof value === 'string' && shape.test(value);
}

function isLog(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['info', 'warn', 'error'].every(
    (level) => typeof Reflect.get(value, level) === 'function',
  );
}
