import type { Role } from '../../src/keys/role.js';
import type { Session } from '../../src/people-views.js';
import type { Keyturn } from '../../src/public.js';
import type { Got, Sent, World } from './world.js';

export const PASSWORD = 'correct horse battery';
const FROM = { address: '127.0.0.1', agent: 'a test' };
let madeCount = 0;

/** Somebody who is signed in, in a browser of their own. */
export interface SignedInPerson {
  readonly id: string;
  readonly email: string;
  readonly session: Session;
  readonly token: string;
  /** As a page of the server's own asks. */
  readonly ask: (method: string, path: string, sent?: Sent) => Promise<Got>;
}

/** Lets a person in, who has just signed in by password. */
export async function personIn(
  world: Pick<World, 'ask' | 'url'> & { readonly keyturn: Keyturn },
  role: Role = 'admin',
  keyspaces: readonly string[] | null = null,
): Promise<SignedInPerson> {
  const { keyturn, url } = world;
  const { email, token } = await invited(keyturn, role, keyspaces);
  const input = { token, name: role, password: PASSWORD };
  const { session, token: cookie } = await keyturn.signIn.acceptInvitation(input, FROM);
  const headers = { cookie: `keyturn_session=${cookie}`, origin: url };
  return {
    ...{ id: session.person.id, email, session, token: cookie },
    ask: (method, path, sent = {}) =>
      world.ask(method, path, {
        key: undefined,
        ...sent,
        headers: { ...headers, ...sent.headers },
      }),
  };
}

/** Invites a person; answers the token of the link. */
export async function invited(
  keyturn: Pick<Keyturn, 'people'>,
  role: Role = 'admin',
  keyspaces: readonly string[] | null = null,
): Promise<{ readonly id: string; readonly email: string; readonly token: string }> {
  madeCount += 1;
  const email = `person-${madeCount}@example.com`;
  const made = await keyturn.people.create({ name: role, email, role, keyspaces });
  const [, token = ''] = made.invitation.url.split('#');
  return { id: made.person.id, email, token };
}
