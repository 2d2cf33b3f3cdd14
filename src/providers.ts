import { readFile } from 'node:fs/promises';
import { Connections } from './deliver/connection.js';
import {
  ConfigInvalidError,
  NotFoundError,
  ProviderUnavailableError,
  SignInRefusedError,
} from './errors.js';
import { Plaintext } from './keys/plaintext.js';
import { type Identity, IdentityProvider } from './people/identity-provider.js';
import type { ProviderAnswer } from './people-views.js';
import { environment, network, type Ports } from './ports.js';
import type { ProviderOptions, SignInOptions } from './sign-in-options.js';

const TICKET_BYTES = 32;
const TICKET = /^[\w-]{43}$/;
const DEFAULT_SCOPES = ['email', 'profile'];

interface Known {
  readonly provider: IdentityProvider;
  readonly options: ProviderOptions;
}

/** The identity providers that the options name. */
export class Providers {
  readonly #known: ReadonlyMap<string, Known>;
  readonly #ports: Ports;
  readonly #base: () => string | undefined;

  /** @param base of our own addresses, which providers send browsers back to. */
  constructor(options: SignInOptions | undefined, ports: Ports, base: () => string | undefined) {
    this.#ports = ports;
    this.#base = base;
    const secretOf = secretReader();
    this.#known = new Map(
      (options?.providers ?? []).map((one) => {
        const { issuer, clientId, scopes = DEFAULT_SCOPES } = one;
        const clientSecret = () => secretOf(one);
        const settings = { issuer, clientId, clientSecret, scopes, fetch: network.fetch };
        return [one.id, { provider: new IdentityProvider(settings), options: one }];
      }),
    );
  }

  /** As they are offered. */
  list(): readonly { readonly id: string; readonly name: string }[] {
    return [...this.#known.values()].map(({ options: { id, name = id } }) => ({ id, name }));
  }

  async begin(id: string, { isAnew = false }: { readonly isAnew?: boolean | undefined } = {}) {
    const { provider } = this.#get(id);
    const bytes = this.#ports.random.bytes(TICKET_BYTES);
    const ticket = new Plaintext(Buffer.from(bytes).toString('base64url'));
    const url = await provider.addressFor({ ticket, redirectUri: this.#redirectUri(id), isAnew });
    if (url === undefined) throw this.#unavailable(id, undefined);
    return { url: url.href, ticket: ticket.reveal() };
  }

  async identify(id: string, { ticket, query, isAnew = false }: ProviderAnswer): Promise<Identity> {
    const { provider } = this.#get(id);
    if (!TICKET.test(ticket)) throw refused();
    const attempt = { ticket: new Plaintext(ticket), redirectUri: this.#redirectUri(id), isAnew };
    const identified = await provider.identify(attempt, query);
    if (identified.kind === 'identified') return identified.identity;
    if (identified.kind === 'refused') throw refused();
    throw this.#unavailable(id, identified.cause);
  }

  #get(id: string): Known {
    const known = this.#known.get(id);
    if (known === undefined) throw new NotFoundError('There is no such identity provider.');
    return known;
  }

  #redirectUri(id: string): string {
    return `${this.#base() ?? ''}/v1/sign-in/${id}/callback`;
  }

  #unavailable(id: string, cause: unknown): ProviderUnavailableError {
    const { log } = this.#ports;
    log.warn(
      { room: 'people', code: 'provider_unavailable' },
      'an identity provider does not answer',
    );
    return new ProviderUnavailableError(
      `The identity provider "${id}" does not answer, or not as one. Look at its issuer, client id and secret.`,
      { cause },
    );
  }
}

/** Reads a client secret from where the configuration says. @throws {ConfigInvalidError} none is there. */
function secretReader(): (options: ProviderOptions) => Promise<Plaintext> {
  const readText = (path: string) => readFile(path, 'utf8');
  const sources = new Connections({ connections: {}, env: environment(), readFile: readText });
  return async ({ id, clientSecret }) => {
    const secret = await sources.read(clientSecret, 'clientSecret');
    if (!('kind' in secret)) return secret;
    throw new ConfigInvalidError(
      `The client secret of the identity provider "${id}" cannot be read. Look at "signIn.providers".`,
    );
  };
}

function refused(): SignInRefusedError {
  return new SignInRefusedError('This is no answer to what this browser has asked.');
}
