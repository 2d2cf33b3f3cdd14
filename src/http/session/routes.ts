import Type from 'typebox';
import { ForbiddenError, InternalError, SessionEndedError } from '../../errors.js';
import type { Session, SignInFrom } from '../../people-views.js';
import type { Management } from '../../public.js';
import { clientAddress, headerOf } from '../../sender.js';
import { type AnswerShape, defineRoute, type Incoming, NO_FIELDS, type Route } from '../route.js';
import { closed, pageOf, Text, Texts } from '../schemas.js';
import { cookiesIn, dropCookie, setCookie } from './cookie.js';
import { type Browsed, cookiePlaceOf, requireNoOther } from './origin.js';
import { requireConfirmed } from './person.js';
import {
  Email,
  Password,
  Role,
  SessionItemSchema,
  SessionSchema,
  Token,
  WaysSchema,
} from './schemas.js';

const SESSION: AnswerShape = { kind: 'json', schema: SessionSchema, what: 'The session.' };
const nothing = { body: NO_FIELDS, query: NO_FIELDS } as const;

/**
 * How people get in and out, and what they are then.
 * @public
 */
export const sessionRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/sign-in',
    access: 'public',
    summary: 'How people sign in here.',
    ...nothing,
    answers: { 200: { kind: 'json', schema: WaysSchema, what: 'The ways to sign in.' } },
    handle: ({ keyturn }) => ({ status: 200, value: keyturn.signIn.ways() }),
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/sign-in',
    access: 'public',
    summary: 'Sign in by mail address and password. The session is in a cookie.',
    body: closed({ email: Email, password: Password }),
    query: NO_FIELDS,
    answers: { 200: SESSION },
    problems: [401, 403, 429, 503],
    async handle(call) {
      const { keyturn, body } = call;
      requireNoOther(keyturn, call);
      const { session, token } = await keyturn.signIn.withPassword(body, fromOf(call));
      return { status: 200, value: session, headers: cookieOf(call, token) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/invitation',
    access: 'public',
    summary: 'Use an invitation: sets name and password, and signs in.',
    body: closed({ token: Token, name: Text, password: Password }),
    query: NO_FIELDS,
    answers: { 200: SESSION },
    problems: [403, 422, 429, 503],
    async handle(call) {
      const { keyturn, body } = call;
      requireNoOther(keyturn, call);
      const { session, token } = await keyturn.signIn.acceptInvitation(body, fromOf(call));
      return { status: 200, value: session, headers: cookieOf(call, token) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/session',
    access: 'session',
    summary: 'Who is signed in, and what this person may do.',
    ...nothing,
    answers: { 200: SESSION },
    handle: (call) => ({ status: 200, value: sessionOf(call) }),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/session',
    access: 'session',
    summary: 'Sign out.',
    ...nothing,
    answers: { 204: { kind: 'empty', what: 'The session is over.' } },
    async handle(call) {
      await call.keyturn.signIn.end(tokenOf(call), fromOf(call));
      return { status: 204, headers: { 'set-cookie': dropCookie(placeOf(call)) } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/session/confirm',
    access: 'session',
    summary: 'Prove once more who you are, by your password; it counts for 10 minutes.',
    body: closed({ password: Password }),
    query: NO_FIELDS,
    answers: { 200: SESSION },
    async handle(call) {
      const { password } = call.body;
      const value = await call.keyturn.signIn.confirm(tokenOf(call), password, fromOf(call));
      return { status: 200, value };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/sessions',
    access: 'session',
    summary: 'List your own sessions, newest first.',
    ...nothing,
    answers: {
      200: { kind: 'json', schema: pageOf(SessionItemSchema), what: 'All that go on.' },
    },
    async handle({ management }) {
      return { status: 200, value: await management.sessions.list() };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/sessions/{id}',
    access: 'caller',
    summary: "End one of your own sessions; or anybody's, by who may change people.",
    ...nothing,
    answers: { 204: { kind: 'empty', what: 'It is over.' } },
    async handle(call) {
      const id = call.params['id'] ?? '';
      const { session } = call;
      if (session !== undefined && !(await isOwn(call, id))) requireConfirmed(session);
      await call.management.sessions.end(id);
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/roles',
    access: 'caller',
    summary: 'Which scopes each role has.',
    ...nothing,
    answers: {
      200: {
        kind: 'json',
        schema: closed({ items: Type.Array(closed({ role: Role, scopes: Texts })) }),
        what: 'All roles.',
      },
    },
    handle: ({ keyturn }) => ({ status: 200, value: { items: keyturn.signIn.roles() } }),
  }),
];

async function isOwn({ management }: { readonly management: Management }, id: string) {
  return (await management.sessions.list()).items.some((one) => one.id === id);
}

function sessionOf({ session }: Incoming): Session {
  if (session === undefined) throw new InternalError('Nobody is signed in.');
  return session;
}

function placeOf(call: Incoming) {
  return cookiePlaceOf(call.keyturn, call);
}

/** The cookie's own token. @throws {SessionEndedError} the host application has signed in. */
function tokenOf(call: Incoming): string {
  if (call.keyturn.signIn.ways().host) {
    throw new ForbiddenError(
      'The application that these pages are a part of signs people in and out.',
    );
  }
  const [token] = cookiesIn(call.arrival, placeOf(call));
  if (token !== undefined) return token;
  throw new SessionEndedError('The session is over.');
}

/** @public */
export function cookieOf(call: Incoming, token: string): Readonly<Record<string, string>> {
  return { 'set-cookie': setCookie(token, placeOf(call)) };
}

/** @public */
export function fromOf({ keyturn, arrival }: Pick<Incoming, 'keyturn'> & Browsed): SignInFrom {
  return {
    address: clientAddress(arrival, keyturn.settings.trustedHops),
    agent: headerOf(arrival.headers, 'user-agent'),
    requestId: arrival.requestId,
  };
}
