import Type from 'typebox';
import { MEDIA, PAGE_HEADERS } from '../html.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, KeySchema } from '../schemas.js';
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
    summary: 'Use the set-up link: makes the first root key and shows it, once.',
    body: closed({
      token: Type.String({
        minLength: 1,
        maxLength: MAX_TOKEN_LENGTH,
        description: "the set-up link's token",
      }),
    }),
    query: NO_FIELDS,
    answers: {
      201: {
        kind: 'json',
        schema: closed({ key: KeySchema, plaintext: Type.String() }),
        what: 'The first management key.',
      },
    },
    problems: [403, 503],
    async handle({ keyturn, body }) {
      return { status: 201, value: await keyturn.setup.redeem(body.token) };
    },
  }),
];
