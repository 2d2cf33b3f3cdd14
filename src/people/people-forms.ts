import { type Forms, listOf, objectOf, oneOf, orNull, required, text } from '../form.js';
import type {
  FirstAccount,
  InvitationInput,
  PasswordInput,
  PersonInput,
  PersonPatch,
} from '../people-views.js';
import type { SetupInput } from '../setup-views.js';
import { MAX_PASSWORD_LENGTH } from './password.js';
import { SCOPES_OF } from './roles.js';

// What people are told by, in the words of the HTTP API.

const MAX_EMAIL_LENGTH = 255;
const MAX_TOKEN_LENGTH = 512;

const atMost = (wanted: string, most: number) => ({
  wanted,
  fits: (value: unknown) => typeof value === 'string' && value.length <= most,
});
const email = atMost('a mail address', MAX_EMAIL_LENGTH);
const password = atMost('a password', 2 * MAX_PASSWORD_LENGTH);
const token = atMost("a link's token", MAX_TOKEN_LENGTH);

const patch: Forms<PersonPatch> = {
  name: text,
  email,
  role: oneOf(...Object.keys(SCOPES_OF)),
  keyspaces: orNull(listOf(text, 'a list of keyspaces')),
};
const input: Forms<PersonInput> = {
  ...patch,
  name: required(text),
  email: required(email),
  role: required(oneOf(...Object.keys(SCOPES_OF))),
};
const byPassword: Forms<PasswordInput> = { email: required(email), password: required(password) };
const accepted: Forms<InvitationInput> = {
  token: required(token),
  name: required(text),
  password: required(password),
};
const account: Forms<FirstAccount> = { ...byPassword, name: required(text) };
const setup: Forms<SetupInput> = {
  account: objectOf(account, { wanted: 'an account' }),
  key: { wanted: 'true or false', fits: (value) => typeof value === 'boolean' },
};

export const PERSON = required(objectOf(input));
export const PERSON_PATCH = required(objectOf(patch));
/** @public */
export const BY_PASSWORD = required(objectOf(byPassword));
/** @public */
export const ACCEPTED = required(objectOf(accepted));
/** @public */
export const CONFIRMATION = required(
  objectOf({ token: required(token), password: required(password) }),
);
/** @public */
export const SETUP = required(objectOf(setup));
