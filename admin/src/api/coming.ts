// Routes of this page's that the API's description does not have yet.
interface Session {
  readonly id: string;
  readonly person: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly role: 'viewer' | 'operator' | 'admin' | 'auditor';
    readonly keyspaces: string[] | null;
  };
  readonly scopes: string[];
  readonly method: 'password' | 'provider' | 'host';
  readonly confirmBy: 'password' | 'provider' | 'host';
  readonly provider: string | null;
  readonly confirmedUntil: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
}

interface Ways {
  readonly password: boolean;
  readonly providers: { readonly id: string; readonly name: string }[];
  readonly host: boolean;
  readonly signInUrl: string | null;
}

interface Said<Value> {
  responses: { 200: { headers: Record<string, unknown>; content: { 'application/json': Value } } };
}

interface Sent<Sends, Value> extends Said<Value> {
  requestBody: { content: { 'application/json': Sends } };
}

export interface ComingPaths {
  '/v1/session': {
    get: Said<Session>;
    delete: { responses: { 204: { headers: Record<string, unknown>; content?: never } } };
  };
  '/v1/session/confirm': { post: Sent<{ password: string }, Session> };
  '/v1/sign-in': { get: Said<Ways>; post: Sent<{ email: string; password: string }, Session> };
  '/v1/invitation': { post: Sent<{ token: string; name: string; password: string }, Session> };
}
