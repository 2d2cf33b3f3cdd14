import { ConfirmationRequiredError, ForbiddenError, SessionEndedError } from '../../errors.js';
import type { Session } from '../../people-views.js';
import type { Keyturn } from '../../public.js';
import { carriesKey } from '../authenticate.js';
import type { Route } from '../route.js';
import { cookiesIn } from './cookie.js';
import { type Browsed, cookiePlaceOf, requireOwnOrigin } from './origin.js';

const HOW_TO_CONFIRM = {
  password: 'This needs your password once more: it was not given in the last 10 minutes.',
  provider: 'This needs your provider once more: you have not been there in the last 10 minutes.',
  host:
    'This needs a sign-in of the last 10 minutes. Sign in again at the application that these pages ' +
    'are a part of; its hook "signedIn" has to say "authenticatedAt".',
} as const;

/** A request that has found its route. */
export interface Asked extends Browsed {
  readonly route: Pick<Route, 'access' | 'confirm'>;
}

/**
 * The person who asks, and may; undefined where it is nobody, or a key. `ambiguous`: two at once.
 * @throws {SessionEndedError} the cookie's session is over.
 * @throws {CrossSiteError} a page of another origin asks.
 * @throws {ForbiddenError} the person's role does not reach so far.
 * @throws {ConfirmationRequiredError} it has not proved lately who it is.
 * @public
 */
export async function personOf(
  { keyturn }: { readonly keyturn: Keyturn },
  asked: Asked,
): Promise<Session | 'ambiguous' | undefined> {
  const { arrival, route } = asked;
  if (route.access === 'self') return undefined;
  if (keyturn.signIn.ways().host) return hostPersonOf(keyturn, asked);
  const tokens = cookiesIn(arrival, cookiePlaceOf(keyturn, asked));
  const [token] = tokens;
  if (token === undefined) return undefined;
  if (tokens.length > 1 || carriesKey(arrival)) return 'ambiguous';
  requireOwnOrigin(keyturn, asked);
  const session = await keyturn.signIn.session(token);
  if (session === null) throw new SessionEndedError('The session is over.');
  requireAccess(session, route);
  return session;
}

/** Whom the host application has signed in. It is asked before all else: nobody is a 401. */
async function hostPersonOf(keyturn: Keyturn, asked: Asked): Promise<Session | undefined> {
  if (carriesKey(asked.arrival)) return undefined;
  const session = await keyturn.signIn.byHost(asked.request);
  if (session === null) return undefined;
  requireOwnOrigin(keyturn, asked);
  requireAccess(session, asked.route);
  return session;
}

function requireAccess(session: Session, { access, confirm }: Asked['route']): void {
  if (access !== 'session' && access !== 'caller') {
    const [resource = ''] = access.split(':');
    const covers = ['*', `${resource}:*`, access].some((one) => session.scopes.includes(one));
    if (!covers) {
      throw new ForbiddenError(
        `Your role "${session.person.role}" does not have "${access}". Ask an admin.`,
      );
    }
  }
  if (confirm === true) requireConfirmed(session);
}

/** @throws {ConfirmationRequiredError} the person has not proved lately who it is. */
export function requireConfirmed({ confirmedUntil, confirmBy }: Session): void {
  if (confirmedUntil === null) throw new ConfirmationRequiredError(HOW_TO_CONFIRM[confirmBy]);
}
