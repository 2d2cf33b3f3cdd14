import Type from 'typebox';
import { CLAIM_HEADERS, CLAIM_PAGE, CLAIM_SCRIPT } from '../claim-page.js';
import { MEDIA } from '../html.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, Environment, nullable, Time } from '../schemas.js';

const MAX_TOKEN_LENGTH = 512;
const nothing = { body: NO_FIELDS, query: NO_FIELDS } as const;

const token = Type.String({
  minLength: 1,
  maxLength: MAX_TOKEN_LENGTH,
  description: "the claim link's token",
});
const Branding = closed({
  name: Type.String({ description: 'as the keyspace calls itself to people' }),
  logo: nullable(Type.String({ description: 'its logo, as a data: URL' })),
});
const WaitingClaim = closed({ branding: Branding, expiresAt: Time });

const OpenedClaim = closed({
  keyspace: Type.String({ description: 'whose API it is' }),
  branding: Branding,
  key: closed({ id: Type.String(), name: Type.String(), environment: Environment }),
  plaintext: Type.String({ description: 'the new secret, shown this once' }),
  test: nullable(
    Type.String({ description: 'a line for bash or zsh that reads the secret and tries it' }),
  ),
  old: closed({
    number: Type.Integer(),
    state: Type.Enum(['retiring', 'disabled', 'revoked']),
    deadline: nullable(Time),
    atDeadline: Type.Enum(['hold', 'extend', 'revoke']),
  }),
});

/**
 * The link by which a person picks a new secret up.
 * @public
 */
export const claimRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/claim',
    access: 'public',
    summary: 'The page of a claim. Looking at it changes nothing.',
    ...nothing,
    answers: { 200: { kind: 'text', mediaType: MEDIA.page, what: 'The page.' } },
    handle: () => ({ status: 200, text: CLAIM_PAGE, headers: CLAIM_HEADERS }),
  }),
  defineRoute({
    method: 'GET',
    path: '/claim.js',
    access: 'public',
    summary: "The claim page's script.",
    ...nothing,
    answers: { 200: { kind: 'text', mediaType: MEDIA.script, what: 'The script.' } },
    handle: () => ({ status: 200, text: CLAIM_SCRIPT }),
  }),
  defineRoute({
    method: 'POST',
    path: '/claim/look',
    access: 'public',
    summary: 'Ask whose claim it is. Opens nothing.',
    body: closed({ token }),
    query: NO_FIELDS,
    answers: { 200: { kind: 'json', schema: WaitingClaim, what: 'Whose it is.' } },
    problems: [403, 409, 503],
    async handle({ keyturn, body }) {
      return { status: 200, value: await keyturn.claims.look(body.token) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/claim',
    access: 'public',
    summary: 'Open a claim: issues the new secret and shows it, once. Its link is used up.',
    body: closed({ token }),
    query: NO_FIELDS,
    answers: { 200: { kind: 'json', schema: OpenedClaim, what: 'The new secret.' } },
    problems: [403, 409, 503],
    async handle({ keyturn, body }) {
      return { status: 200, value: await keyturn.claims.open(body.token) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/claim/disown',
    access: 'public',
    summary:
      'Say that somebody else has opened the link: the secret that it showed ends. Every token is answered alike.',
    body: closed({ token }),
    query: NO_FIELDS,
    answers: {
      200: { kind: 'json', schema: closed({ heard: Type.Boolean() }), what: 'It was heard.' },
    },
    problems: [503],
    async handle({ keyturn, body }) {
      await keyturn.claims.disown(body.token);
      return { status: 200, value: { heard: true } };
    },
  }),
];
