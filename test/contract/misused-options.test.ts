import { describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { untyped } from '../guards/untyped.js';

const DATABASE = '"database" is missing. Write "sqlite:./keyturn.db", "postgres://…" or "memory:".';

const PROVIDER = {
  id: 'company',
  issuer: 'https://login.example',
  clientId: 'keyturn',
  clientSecret: { env: 'CLIENT_SECRET' },
};

/** Options beside a database, as JavaScript can give them, and what is said of them. */
const wrong: readonly (readonly [object, string])[] = [
  [
    { trustedHop: 1 },
    '"trustedHop" is not an option of createKeyturn. Did you mean "trustedHops"?',
  ],
  [
    { basepath: '/keyturn' },
    '"basepath" is not an option of createKeyturn. Did you mean "basePath"?',
  ],
  [
    { cache: 1 },
    '"cache" is not an option of createKeyturn. Known are: database, directDatabase, epochFile, basePath, publicUrl, trustedHops, recording, destinations, probes, notices, signedIn, signIn, log.',
  ],
  [{ redis: 'redis://localhost' }, '"redis" is not there in this version. Leave it out.'],
  [{ signedIn: 'ada' }, '"signedIn" is not a function. Give (request) => ({ actor }) or null.'],
  [
    { signIn: { passwort: true } },
    '"signIn/passwort" is not a field of "signIn". Did you mean "password"?',
  ],
  [{ signIn: { providers: [{}] } }, '"signIn/providers/0/id" is missing.'],
  [
    { database: 'mysql://localhost' },
    '"database" is not a database. Write "sqlite:./keyturn.db", "postgres://…" or "memory:".',
  ],
  [{ database: 5 }, '"database" is not a database.'],
  [
    { directDatabase: 'sqlite:./keyturn.db' },
    '"directDatabase" is not a PostgreSQL. Write "postgres://…", past the pooler.',
  ],
  [
    { basePath: '/keyturn/' },
    '"basePath" is not a path. Write "/keyturn", without a slash at its end.',
  ],
  [
    { publicUrl: 'https://keys.example/path' },
    '"publicUrl" is not the base of an address. Write "https://keys.example", without a path.',
  ],
  [
    { trustedHops: '1' },
    '"trustedHops" is not a whole number. Write how many proxies in front are yours; 0 for none.',
  ],
  [{ trustedHops: -1 }, '"trustedHops" is not a whole number.'],
  [
    { recording: 'x' },
    '"recording" is not one of "batched", "write-through". Write one of them, or leave it out.',
  ],
  [{ probes: [] }, '"probes" is not an object that says what probes may reach. Write { hosts:'],
  [
    { probes: { hosts: ['api.example.com'] } },
    '"probes/hosts/0" is not a host with its port, like "api.example.com:443".',
  ],
  [{ signIn: true }, '"signIn" is not an object that says how people sign in.'],
  [{ signIn: { password: false } }, '"signIn/password" leaves nobody a way in.'],
  [
    { signIn: { providers: [{ ...PROVIDER, issuer: 'http://login.example' }] } },
    '"signIn/providers/0/issuer" is not an address like "https://login.example.com".',
  ],
  [
    { signIn: { providers: [{ ...PROVIDER, clientSecret: 'secret' }] } },
    '"signIn/providers/0/clientSecret" is not { "env": NAME } or { "file": PATH }.',
  ],
  [
    { signIn: { providers: [PROVIDER, PROVIDER] } },
    '"signIn/providers/1/id" is the id of two providers.',
  ],
  [{ log: {} }, '"log" is not a logger. Give one with info, warn and error, like pino.'],
  [{ log: null }, '"log" is not a logger.'],
];

describe('a Keyturn', () => {
  test.each(wrong)('is not made with %j', async (options, said) => {
    const made = createKeyturn(untyped({ database: 'memory:', ...options }));
    await expect(made).rejects.toMatchObject({
      name: 'ConfigInvalidError',
      code: 'config_invalid',
      message: expect.stringContaining(said),
    });
  });

  test.each([
    [undefined, DATABASE],
    [null, DATABASE],
    [{}, DATABASE],
    ['memory:', 'What was given is not an object of options.'],
    [Promise.resolve({ database: 'memory:' }), 'What was given is not an object of options.'],
  ])('is not made of %j', async (options, said) => {
    await expect(createKeyturn(untyped(options))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(said),
    });
  });

  test('tells all that is wrong with its options together, and no password', async () => {
    const options = { database: 'postgre://me:hunter2@host/db', basepath: '', recording: 5 };
    const fault = await createKeyturn(untyped(options)).catch((thrown: unknown) => thrown);
    for (const name of ['database', 'basepath', 'recording']) {
      expect(String(fault)).toContain(`"${name}" is not`);
    }
    expect(String(fault)).not.toContain('hunter2');
  });

  test('is made with every option that there is', async () => {
    const log = { info() {}, warn() {}, error() {} };
    const keyturn = await createKeyturn({
      database: 'memory:',
      directDatabase: 'postgresql://localhost/direct',
      basePath: '/keyturn',
      publicUrl: 'https://keys.example',
      trustedHops: 2,
      recording: 'write-through',
      log,
    });
    expect(keyturn.settings).toMatchObject({ basePath: '/keyturn', trustedHops: 2 });
    await keyturn.close();
    const absent = { directDatabase: undefined, basePath: undefined, log: undefined };
    await (await createKeyturn({ database: 'memory:', ...absent })).close();
    await (await createKeyturn({ database: 'memory:', log: console })).close();
  });
});
