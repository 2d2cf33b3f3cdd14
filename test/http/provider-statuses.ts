import { type Got, openWorld, type World } from './world.js';

type Scenarios = Readonly<Record<string, Readonly<Record<number, (world: World) => Promise<Got>>>>>;

/** What sign-in by a provider has to be asked for each of its statuses; the provider is away. */
export const providerStatuses: Scenarios = {
  'GET /v1/sign-in/{provider}': { 302: withProvider('/v1/sign-in/away') },
  'GET /v1/sign-in/{provider}/callback': {
    302: withProvider('/v1/sign-in/away/callback?code=a&state=b'),
    400: withProvider('/v1/sign-in/away/callback?code=a&code=b'),
  },
};

function withProvider(path: string): () => Promise<Got> {
  return async () => {
    const clientSecret = { env: 'KEYTURN_NO_SECRET' };
    const provider = { id: 'away', issuer: 'http://127.0.0.1:1', clientId: 'a', clientSecret };
    const signIn = { providers: [provider] };
    const world = await openWorld({ publicUrl: 'https://keys.example', signIn });
    try {
      return await world.ask('GET', path, { key: undefined });
    } finally {
      await world.close();
    }
  };
}
