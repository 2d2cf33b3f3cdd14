import Type from 'typebox';
import { NotFoundError, ProviderUnavailableError, SignInRefusedError } from '../../errors.js';
import { type AnswerShape, defineRoute, type Incoming, NO_FIELDS, type Route } from '../route.js';
import { closed } from '../schemas.js';
import { attemptsIn, cookiesIn, setAttempt } from './cookie.js';
import { cookiePlaceOf } from './origin.js';
import { cookieOf, fromOf } from './routes.js';

const MAX_RETURN_LENGTH = 2_000;
const ATTEMPT = /^([\w-]{43})\.([01])\.(ses_[0-9a-z]{26}|)\.([\w-]*)$/;
// What the provider adds to it, the check of its answer reads.
const ANY_FIELDS = Type.Object({});

const ON: AnswerShape = { kind: 'empty', what: 'It goes on where Location says.' };
const BeginQuery = closed({
  returnTo: Type.Optional(
    Type.String({ maxLength: MAX_RETURN_LENGTH, description: 'a path of the admin pages' }),
  ),
  confirm: Type.Optional(
    Type.Boolean({ description: 'true: to prove once more who it is, at the provider' }),
  ),
});

/** A sign-in at a provider, as the browser remembers it meanwhile. */
interface Attempt {
  readonly ticket: string;
  readonly isAnew: boolean;
  /** The session that was there before. */
  readonly replaces: string | undefined;
  readonly returnTo: string;
}

/**
 * Sign-in by an identity provider: there, and back.
 * @public
 */
export const providerRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/sign-in/{provider}',
    access: 'public',
    summary: 'Sign in by an identity provider: leads there.',
    body: NO_FIELDS,
    query: BeginQuery,
    answers: { 302: ON },
    async handle(call) {
      const { keyturn, query } = call;
      const provider = knownProvider(call);
      const { confirm: isAnew = false, returnTo = '' } = query;
      try {
        const begun = await keyturn.signIn.beginWithProvider(provider, { isAnew });
        const replaces = await sessionBefore(call);
        const attempt = { ticket: begun.ticket, isAnew, replaces, returnTo };
        const cookie = setAttempt(written(attempt), cookiePlaceOf(keyturn, call));
        return on(begun.url, { 'set-cookie': cookie });
      } catch (fault) {
        return back(call, faultIn(fault), returnTo);
      }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/sign-in/{provider}/callback',
    access: 'public',
    summary: 'Where an identity provider sends the browser back to: signs in.',
    body: NO_FIELDS,
    query: ANY_FIELDS,
    answers: { 302: ON },
    async handle(call) {
      const { keyturn, arrival } = call;
      const provider = knownProvider(call);
      const attempt = attemptOf(call);
      if (attempt === undefined) return back(call, 'refused', '');
      const answer = { ...attempt, query: arrival.search };
      try {
        const { token } = await keyturn.signIn.withProvider(provider, answer, fromOf(call));
        return on(ownAddress(call, attempt.returnTo), cookieOf(call, token));
      } catch (fault) {
        return back(call, faultIn(fault), attempt.returnTo);
      }
    },
  }),
];

/** @throws {NotFoundError} the configuration names none of this id. */
function knownProvider({ keyturn, params }: Incoming): string {
  const { providers } = keyturn.signIn.ways();
  const known = providers.find(({ id }) => id === params['provider']);
  if (known === undefined) throw new NotFoundError('There is no such identity provider.');
  return known.id;
}

function on(location: string, headers: Readonly<Record<string, string>> = {}) {
  return { status: 302, headers: { location, 'cache-control': 'no-store', ...headers } };
}

/** To the sign-in page, which says what has happened: a person looks at it, and no program. */
function back(call: Incoming, fault: 'refused' | 'unavailable', returnTo: string) {
  const said = new URLSearchParams({ fault });
  const { basePath } = call.keyturn.settings;
  const path = ownAddress(call, returnTo).slice(`${basePath}/admin`.length);
  if (path !== '') said.set('to', path);
  return on(`${basePath}/admin/sign-in?${said}`);
}

/** @throws whatever is no matter of the provider. */
function faultIn(fault: unknown): 'refused' | 'unavailable' {
  if (fault instanceof SignInRefusedError) return 'refused';
  if (fault instanceof ProviderUnavailableError) return 'unavailable';
  throw fault;
}

/** Only ever one of our own pages: nobody is led elsewhere by a link that begins here. */
function ownAddress({ keyturn }: Incoming, returnTo: string): string {
  const home = `${keyturn.settings.basePath}/admin`;
  const isOwn = /^\/[\x21-\x7e]*$/.test(returnTo) && !/^\/[/\\]|\\/.test(returnTo);
  if (!isOwn) return home;
  const { pathname, search } = new URL(returnTo, 'http://own.invalid');
  return pathname === home || pathname.startsWith(`${home}/`) ? pathname + search : home;
}

async function sessionBefore(call: Incoming): Promise<string | undefined> {
  const [token] = cookiesIn(call.arrival, cookiePlaceOf(call.keyturn, call));
  const session = token === undefined ? null : await call.keyturn.signIn.session(token);
  return session?.id ?? undefined;
}

function written({ ticket, isAnew, replaces = '', returnTo }: Attempt): string {
  return [ticket, isAnew ? 1 : 0, replaces, Buffer.from(returnTo).toString('base64url')].join('.');
}

function attemptOf(call: Incoming): Attempt | undefined {
  const attempts = attemptsIn(call.arrival, cookiePlaceOf(call.keyturn, call));
  const [, ticket, anew, replaces, returnTo = ''] = ATTEMPT.exec(attempts[0] ?? '') ?? [];
  if (ticket === undefined || attempts.length > 1) return undefined;
  return {
    ticket,
    isAnew: anew === '1',
    replaces: replaces === '' ? undefined : replaces,
    returnTo: Buffer.from(returnTo, 'base64url').toString('utf8'),
  };
}
