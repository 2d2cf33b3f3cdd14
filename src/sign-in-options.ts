import type { Credential } from './deliver/connection.js';
import type { FieldFault } from './errors.js';
import {
  type Form,
  type Forms,
  faultsIn,
  isObject,
  listOf,
  objectOf,
  required,
  text,
  texts,
} from './form.js';
import type { Role } from './keys/role.js';

/** Whom the host application has signed in. */
export interface HostPerson {
  /** The application's own name or id for them; it stands in the audit trail. */
  readonly actor: string;
  /** Default `viewer`. */
  readonly role?: Role | undefined;
  /** What the pages call them; default: `actor`. */
  readonly name?: string | undefined;
  /** When they last proved who they are: a `Date`, or an RFC 3339 time. */
  readonly authenticatedAt?: { toISOString(): string } | string | undefined;
}

/** Says who is signed in, by a request's own headers; null: nobody. It has five seconds. */
export type SignedInHook = (request: Request) => HostPerson | null | Promise<HostPerson | null>;

/** An OpenID provider that people may sign in by. */
export interface ProviderOptions {
  /** Its name in addresses: `company`. People who signed in by it are known by its issuer, not by it. */
  readonly id: string;
  /** As the button says it: `Company account`. Default: the id. */
  readonly name?: string | undefined;
  /** `https://login.example.com`: what its discovery document and its tokens call it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Credential;
  /** Beside `openid`. Default: `email` and `profile`, by which invitations are found. */
  readonly scopes?: readonly string[] | undefined;
}

/** How people sign in to the admin pages. */
export interface SignInOptions {
  /** False: nobody signs in by a password. Default true. */
  readonly password?: boolean | undefined;
  readonly providers?: readonly ProviderOptions[] | undefined;
  /** Where the host application signs people in, with `signedIn`. */
  readonly url?: string | undefined;
}

const PROVIDER_ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const ISSUER =
  /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$))[^?#]*$/;
const RESERVED_IDS = ['callback'];

const credential: Form = {
  wanted: '{ "env": NAME } or { "file": PATH }',
  fits: (value) =>
    isObject(value) &&
    Object.entries(value).length === 1 &&
    Object.entries(value).every(
      ([where, what]) => (where === 'env' || where === 'file') && typeof what === 'string',
    ),
};
const provider: Forms<ProviderOptions> = {
  id: required({
    wanted: 'a short name of a-z, 0-9 and -',
    fits: (value) =>
      typeof value === 'string' && PROVIDER_ID.test(value) && !RESERVED_IDS.includes(value),
  }),
  name: text,
  issuer: required({
    wanted: 'an address like "https://login.example.com"',
    fits: (value) => typeof value === 'string' && ISSUER.test(value) && URL.canParse(value),
  }),
  clientId: required(text),
  clientSecret: required(credential),
  scopes: texts,
};
const fields: Forms<SignInOptions> = {
  password: { wanted: 'true or false', fits: (value) => typeof value === 'boolean' },
  providers: listOf(
    objectOf(provider, { fieldIs: 'a field of a provider' }),
    'a list of providers',
  ),
  url: text,
};
const options = objectOf(fields, {
  wanted: 'an object that says how people sign in',
  fieldIs: 'a field of "signIn"',
});

/** What is wrong with `signIn` of the options, by pointer within it: all of it. */
export function signInFaults(value: unknown): readonly FieldFault[] {
  const faults = faultsIn([required(options), value]);
  if (faults.length > 0 || !isSignIn(value)) return faults;
  const { password = true, providers = [], url } = value;
  const ids = providers.map(({ id }) => id);
  const again = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  if (again >= 0) {
    const fix = 'Give it another: it stands in addresses.';
    return [{ pointer: `/providers/${again}/id`, message: 'is the id of two providers.', fix }];
  }
  if (password || providers.length > 0 || url !== undefined) return [];
  const fix = 'Name a provider, or allow passwords.';
  return [{ pointer: '/password', message: 'leaves nobody a way in.', fix }];
}

/** Whether `signIn` of the options is without a fault of form. */
export function isSignIn(value: unknown): value is SignInOptions {
  return faultsIn([required(options), value]).length === 0;
}
