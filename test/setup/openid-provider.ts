import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import Provider from 'oidc-provider';
import { portOf } from './listening.js';

/** Who is at the provider's own keyboard, and what it says of them. */
export interface AtProvider {
  readonly subject: string;
  readonly email?: string;
  readonly isVerified?: boolean;
  readonly name?: string;
  /** They leave without signing in. */
  readonly isUnwilling?: boolean;
}

export const CLIENT = { id: 'keyturn', secret: 'a-secret-of-the-client-beyond-32-bytes' };

/** A real OpenID provider that signs in whoever is put before it. */
export interface OpenIdProvider {
  readonly issuer: string;
  /** Whoever comes next. */
  seat(person: AtProvider): void;
  close(): Promise<void>;
}

/** Starts one on a port of its own. */
export async function startOpenIdProvider(redirectUri: string): Promise<OpenIdProvider> {
  const server = createServer();
  const issuer = `http://127.0.0.1:${await portOf(server)}`;
  const people = new Map<string, AtProvider>();
  let next: AtProvider = { subject: 'nobody' };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false, // As most providers do: what was asked for is in the ID token.
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['of this test alone'] },
    findAccount(_context, id) {
      const { email, isVerified, name } = people.get(id) ?? {};
      return {
        accountId: id,
        claims: async () => ({ sub: id, email, email_verified: isVerified, name }),
      };
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response);
    people.set(next.subject, next);
    return sitDown(provider, { request, response }, next);
  });
  return {
    issuer,
    seat(person) {
      next = person;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Signs in, and agrees to whatever is asked. */
async function sitDown(
  provider: Provider,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { subject, isUnwilling = false }: AtProvider,
): Promise<void> {
  const refused = { error: 'access_denied', error_description: 'The person left.' };
  if (isUnwilling) return provider.interactionFinished(request, response, refused);
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: subject, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  const result = {
    login: { accountId: subject },
    consent: { grantId: await grant.save() },
  };
  return provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: false,
  });
}

/** A browser of its own: keeps the provider's cookies, and follows until it is sent back to us. */
export class BrowserAtProvider {
  readonly #cookies = new Map<string, string>();

  /** @returns the query that it comes back with. */
  async follow(address: URL, backTo: string): Promise<string> {
    for (let url = address; ; ) {
      if (url.href.startsWith(backTo)) return url.search;
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        this.#cookies.set(name, value);
      }
      url = new URL(response.headers.get('location') ?? 'about:nowhere', url);
    }
  }
}
