import Type from 'typebox';
import { MEDIA, PAGE_HEADERS } from '../html.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, KeySchema, Text } from '../schemas.js';
import { requireNoOther } from '../session/origin.js';
import { cookieOf, fromOf } from '../session/routes.js';
import { Email, Password, SessionSchema } from '../session/schemas.js';
import { SETUP_PAGE, SETUP_SCRIPT } from '../setup-page.js';

const MAX_TOKEN_LENGTH = 512;
const nothing = { body: NO_FIELDS, query: NO_FIELDS } as const;

/**
 * The set-up link: how a new installation gets its first management key.
 * @public
 */
export const setupRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/setup',
    access: 'public',
    summary: 'The page of the set-up link. Opening it changes nothing.',
    ...nothing,
    answers: { 200: { kind: 'text', mediaType: MEDIA.page, what: 'The page.' } },
    handle: () => ({ status: 200, text: SETUP_PAGE, headers: PAGE_HEADERS }),
  }),
  defineRoute({
    method: 'GET',
    path: '/setup.js',
    access: 'public',
    summary: "The set-up page's script.",
    ...nothing,
    answers: { 200: { kind: 'text', mediaType: MEDIA.script, what: 'The script.' } },
    handle: () => ({ status: 200, text: SETUP_SCRIPT }),
  }),
  defineRoute({
    method: 'POST',
    path: '/setup',
    access: 'public',
    summary: "Use the set-up link: makes the first admin's account, the first root key, or both.",
    body: closed({
      token: Type.String({
        minLength: 1,
        maxLength: MAX_TOKEN_LENGTH,
        description: "the set-up link's token",
      }),
      account: Type.Optional(
        closed({ name: Text, email: Email, password: Password }, 'an account'),
      ),
      key: Type.Optional(
        Type.Boolean({ description: 'true for a root key; it is made unless there is an account' }),
      ),
    }),
    query: NO_FIELDS,
    answers: {
      201: {
        kind: 'json',
        schema: closed({
          key: Type.Optional(KeySchema),
          plaintext: Type.Optional(Type.String()),
          session: Type.Optional(SessionSchema),
        }),
        what: 'What was made: a management key, shown once, or the session of an account.',
      },
    },
    problems: [403, 422, 429, 503],
    async handle(call) {
      const { token: link, ...input } = call.body;
      requireNoOther(call.keyturn, call);
      const { token, ...value } = await call.keyturn.setup.begin(link, input, fromOf(call));
      return { status: 201, value, ...(token !== undefined && { headers: cookieOf(call, token) }) };
    },
  }),
];
