import { SignInRefusedError } from './errors.js';
import { requireForms } from './form.js';
import type { Act, Lifecycle } from './lifecycle/context.js';
import { rightsOf } from './lifecycle/rights.js';
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

/** How people get in and out. */
export function signInOf(
  open: () => Promise<Lifecycle>,
  { hasPasswords, providers }: { readonly hasPasswords: boolean; readonly providers: Providers },
): SignIn {
  const act = async ({ requestId }: Pick<SignInFrom, 'requestId'>): Promise<Act> => ({
    lifecycle: await open(),
    rights: rightsOf({ ...NOBODY, requestId }),
  });
  const begun = async (by: Act, how: Promise<Begun>) => viewOf(await how, by.lifecycle.nowMs());
  return {
    ways: () => ({
      password: hasPasswords,
      providers: providers.list(),
      host: false,
      signInUrl: null,
    }),
    roles: () => rolesTable(),
    withPassword: async (input, from) => {
      requireForms([BY_PASSWORD, input]);
      if (!hasPasswords) throw new SignInRefusedError('Nobody signs in by a password here.');
      const by = await act(from);
      return begun(by, signIn(by, input, from));
    },
    acceptInvitation: async (input, from) => {
      requireForms([ACCEPTED, input]);
      const by = await act(from);
      return begun(by, acceptInvitation(by, input, from));
    },
    beginWithProvider: (id, how) => providers.begin(id, how),
    withProvider: async (provider, answer, from) => {
      const identity = await providers.identify(provider, answer);
      const by = await act(from);
      const { replaces } = answer;
      return begun(by, signInAs(by, { identity, provider, replaces, from }));
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
