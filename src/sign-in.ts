import { ForbiddenError } from './errors.js';
import { requireForms } from './form.js';
import { sessionByHost } from './host-sign-in.js';
import type { Act, Lifecycle } from './lifecycle/context.js';
import { rightsOf } from './lifecycle/rights.js';
import type { KeyturnOptions } from './options.js';
import { acceptInvitation } from './people/invitations.js';
import { ACCEPTED, BY_PASSWORD, CONFIRMATION } from './people/people-forms.js';
import { signInAs } from './people/provider-sign-in.js';
import { rolesTable } from './people/roles.js';
import { sessionOf, viewSession } from './people/sessions.js';
import { type Begun, confirmSession, signIn, signOut } from './people/sign-in.js';
import type { SignedIn, SignIn, SignInFrom } from './people-views.js';
import type { Providers } from './providers.js';

/** Acts before anybody is known: each act names the person once it has proved who it is. */
const NOBODY = { actor: { kind: 'admin', id: 'sign-in' } } as const;

/** What the configuration says of it. */
type SignInSettings = Pick<KeyturnOptions, 'signedIn' | 'signIn'>;

/** How people get in and out. */
export function signInOf(
  open: () => Promise<Lifecycle>,
  options: SignInSettings,
  providers: Providers,
): SignIn {
  const { signedIn, signIn: { password = true, url = null } = {} } = options;
  const hasPassword = password && signedIn === undefined;
  const requirePassword = () => {
    if (!hasPassword) throw new ForbiddenError('Nobody signs in by a password here.');
  };
  const requireNoHost = () => {
    if (signedIn !== undefined) throw new ForbiddenError('The host application signs people in.');
  };
  const act = async ({ requestId }: Pick<SignInFrom, 'requestId'>): Promise<Act> => ({
    lifecycle: await open(),
    rights: rightsOf({ ...NOBODY, requestId }),
  });
  const begun = async (by: Act, how: Promise<Begun>) => viewOf(await how, by.lifecycle.nowMs());
  return {
    ways: () => ({
      password: hasPassword,
      providers: signedIn === undefined ? providers.list() : [],
      host: signedIn !== undefined,
      signInUrl: url,
    }),
    roles: () => rolesTable(),
    withPassword: async (input, from) => {
      requireForms([BY_PASSWORD, input]);
      requirePassword();
      const by = await act(from);
      return begun(by, signIn(by, input, from));
    },
    acceptInvitation: async (input, from) => {
      requireForms([ACCEPTED, input]);
      requirePassword();
      const by = await act(from);
      return begun(by, acceptInvitation(by, input, from));
    },
    beginWithProvider: async (id, how) => {
      requireNoHost();
      return providers.begin(id, how);
    },
    withProvider: async (provider, answer, from) => {
      requireNoHost();
      const identity = await providers.identify(provider, answer);
      const by = await act(from);
      const { replaces } = answer;
      return begun(by, signInAs(by, { identity, provider, replaces, from }));
    },
    byHost: async (request) => {
      if (signedIn === undefined) return null;
      const { ports, nowMs } = await open();
      return sessionByHost(signedIn, request, { ...ports, nowMs });
    },
    session: async (token) => {
      const lifecycle = await open();
      const held = await sessionOf(lifecycle, token);
      return held === undefined ? null : viewSession(held, lifecycle.nowMs());
    },
    confirm: async (token, password, from) => {
      requireForms([CONFIRMATION, { token, password }]);
      return confirmSession(await act(from), { token, password }, from);
    },
    end: async (token, from) => signOut(await act(from), token),
  };
}

/** A new session as its person gets it: the one moment its token is shown. */
export function viewOf({ token, ...held }: Begun, nowMs: number): SignedIn {
  return { session: viewSession(held, nowMs), token: token.reveal() };
}
