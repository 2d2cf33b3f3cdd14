import { createHmac } from 'node:crypto';
import type * as OpenId from 'openid-client';
import { DependencyMissingError } from '../errors.js';
import type { Plaintext } from '../keys/plaintext.js';

/** An OpenID provider, and who we are to it. */
export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Asked for at each use, so that a new one needs no restart. */
  readonly clientSecret: () => Promise<Plaintext>;
  /** Beside `openid`. */
  readonly scopes: readonly string[];
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/**
 * Whom a provider vouches for.
 * @public
 */
export interface Identity {
  readonly issuer: string;
  /** Never given to anybody else by this issuer (OpenID Connect Core 1.0 §8). */
  readonly subject: string;
  /** Null: the provider names none, or has not verified it. */
  readonly email: string | null;
  readonly name: string | null;
  /** When the person last proved it to the provider; null: the provider does not say. */
  readonly authenticatedAt: number | null;
}

export type Identification =
  | { readonly kind: 'identified'; readonly identity: Identity }
  /** What came back is no answer to what this browser asked, or the provider says no. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'unavailable'; readonly cause: unknown };

/** One sign-in of one browser. */
export interface SignInAttempt {
  /** Random, and known to this browser alone: state, nonce and verifier are made of it. */
  readonly ticket: Plaintext;
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string;
  /** The person has to prove it anew, whoever is signed in at the provider. */
  readonly isAnew: boolean;
}

type Library = typeof OpenId;

const CALL_TIMEOUT_S = 10;
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$)/;

/**
 * Signs people in by an OpenID provider: the authorization code flow with PKCE, `state` and `nonce`
 * (OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9207).
 * @public
 */
export class IdentityProvider {
  readonly #settings: ProviderSettings;
  #library: Promise<Library> | undefined;

  constructor(settings: ProviderSettings) {
    this.#settings = settings;
  }

  /**
   * The address at the provider to send the browser to.
   * @returns undefined where the provider cannot be reached.
   * @throws {DependencyMissingError} `openid-client` is not installed.
   */
  async addressFor({ ticket, redirectUri, isAnew }: SignInAttempt): Promise<URL | undefined> {
    const library = await this.#load();
    const known = await this.#discover(library);
    if ('cause' in known) return undefined;
    const { state, nonce, verifier } = derived(ticket);
    return library.buildAuthorizationUrl(known.configuration, {
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: ['openid', ...this.#settings.scopes].join(' '),
      state,
      nonce,
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(isAnew && { max_age: '0', prompt: 'login' }),
    });
  }

  /**
   * Whom the provider's answer vouches for.
   * @param query of the address that the provider has sent the browser to, with its `?`.
   * @throws {DependencyMissingError} `openid-client` is not installed.
   */
  async identify(
    { ticket, redirectUri, isAnew }: SignInAttempt,
    query: string,
  ): Promise<Identification> {
    const library = await this.#load();
    const known = await this.#discover(library);
    if ('cause' in known) return { kind: 'unavailable', cause: known.cause };
    const { state, nonce, verifier } = derived(ticket);
    try {
      const tokens = await library.authorizationCodeGrant(
        known.configuration,
        new URL(query, redirectUri),
        {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          ...(isAnew && { maxAge: 0 }),
        },
      );
      const claims = tokens.claims();
      return claims === undefined
        ? { kind: 'refused' }
        : { kind: 'identified', identity: identityOf(claims) };
    } catch (fault) {
      return isRefusal(library, fault)
        ? { kind: 'refused' }
        : { kind: 'unavailable', cause: fault };
    }
  }

  #load(): Promise<Library> {
    this.#library ??= import('openid-client').catch((cause: unknown) => {
      this.#library = undefined;
      throw new DependencyMissingError(
        'Sign-in by a provider needs the package openid-client. Run: npm install openid-client',
        { cause },
      );
    });
    return this.#library;
  }

  /** Asked anew each time: a sign-in is rare, and a provider may change its keys and addresses. */
  async #discover(
    library: Library,
  ): Promise<{ readonly configuration: OpenId.Configuration } | { readonly cause: unknown }> {
    const { issuer, clientId, clientSecret, fetch } = this.#settings;
    try {
      const secret = await clientSecret();
      const isLoopback = LOOPBACK.test(issuer);
      const configuration = await library.discovery(
        new URL(issuer),
        clientId,
        undefined,
        library.ClientSecretPost(secret.reveal()),
        {
          [library.customFetch]: (url, { body = null, ...init }) => fetch(url, { ...init, body }),
          timeout: CALL_TIMEOUT_S,
          execute: isLoopback ? [library.allowInsecureRequests] : [],
        },
      );
      return { configuration };
    } catch (cause) {
      return { cause };
    }
  }
}

/** Three values that nobody can make who has not the ticket, and none of which tells another. */
function derived(ticket: Plaintext) {
  const make = (what: string) =>
    createHmac('sha256', ticket.reveal()).update(what).digest('base64url');
  return { state: make('state'), nonce: make('nonce'), verifier: make('verifier') };
}

function identityOf(claims: OpenId.IDToken): Identity {
  const { iss, sub, email, email_verified: isVerified, name, auth_time: time } = claims;
  return {
    issuer: iss,
    subject: sub,
    email: typeof email === 'string' && isVerified === true ? email : null,
    name: typeof name === 'string' && name !== '' ? name : null,
    authenticatedAt: typeof time === 'number' ? time * 1_000 : null,
  };
}

// Not the person's fault: the provider's, the way's, or that of who set us up there.
const NOBODY_REFUSED = ['server_error', 'temporarily_unavailable', 'invalid_client'];
const NO_ANSWER = ['TIMEOUT', 'ABORT', 'RESPONSE_IS_NOT_CONFORM', 'RESPONSE_IS_NOT_JSON'];

/** Whether the provider, or a check of its answer, says no; anything else is a fault of the way. */
function isRefusal(library: Library, fault: unknown): boolean {
  const { AuthorizationResponseError, ResponseBodyError, ClientError } = library;
  if (fault instanceof AuthorizationResponseError || fault instanceof ResponseBodyError) {
    return !NOBODY_REFUSED.includes(fault.error);
  }
  if (!(fault instanceof ClientError)) return false;
  return !NO_ANSWER.includes(fault.code?.replace('OAUTH_', '') ?? '');
}
