import { expect, test } from 'vitest';
import { ConfigInvalidError } from '../errors.js';
import { Plaintext } from '../keys/plaintext.js';
import { Connections, connectionFaults } from './connection.js';

const vault = { kind: 'vault', url: 'https://vault.internal:8200', token: { file: '/t' } } as const;

function connections({ env = {}, files = {} }: { env?: object; files?: object } = {}) {
  return new Connections({
    connections: { 'vault-prod': vault },
    env: { ...env },
    readFile: async (path) => {
      const found: unknown = Reflect.get(files, path);
      if (typeof found === 'string') return found;
      throw new Error(`ENOENT ${path}`);
    },
  });
}

test('a credential is read at each use', async () => {
  const files = { '/t': 'first\n' };
  const opened = connections({ files });
  const read = async () => {
    const found = await opened.read({ file: '/t' }, 'vault-prod');
    return found instanceof Plaintext ? found.reveal() : found;
  };
  expect(await read()).toBe('first');
  files['/t'] = 'second\n';
  expect(await read()).toBe('second');
});

test.each([
  ['a file that is not there', { file: '/none' }, {}],
  ['an empty file', { file: '/t' }, { files: { '/t': ' \n' } }],
  ['a variable that is not set', { env: 'TOKEN' }, {}],
  ['an empty variable', { env: 'TOKEN' }, { env: { TOKEN: '' } }],
  ['a name that every object has', { env: 'toString' }, {}],
])('%s needs a person', async (_what, where, given) => {
  expect(await connections(given).read(where, 'vault-prod')).toMatchObject({
    class: 'destination_auth',
    message: expect.stringContaining('"vault-prod"'),
  });
});

test('a connection that is not there, or of another kind, is refused by name', () => {
  const opened = connections();
  expect(opened.get('vault-prod', 'vault')).toMatchObject({ name: 'vault-prod', url: vault.url });
  expect(() => opened.get('vault-prd', 'vault')).toThrow('Did you mean "vault-prod"?');
  for (const name of ['vault-prod', '__proto__', 'constructor']) {
    expect(() => opened.get(name, 'github')).toThrow(ConfigInvalidError);
  }
});

test('what is wrong in the configuration is told by pointer', () => {
  const faults = connectionFaults({
    good: vault,
    'no/kind': { url: 'https://a' },
    typo: { ...vault, tokn: 1 },
    open: { ...vault, token: 'hvs.secret' },
    both: { ...vault, token: { env: 'A', file: '/b' } },
    url: { ...vault, url: 'vault.internal' },
    aws: { kind: 'aws', region: 'eu-central-1', accessKeyId: { env: 'A' } },
    role: { kind: 'aws', region: 'eu-central-1' },
  });
  expect(faults.map(({ pointer, fix }) => [pointer, fix])).toEqual([
    ['/no~1kind/kind', expect.stringContaining('webhook, kubernetes')],
    ['/typo/tokn', 'Did you mean "token"?'],
    ['/open/token', 'Send { "env": NAME } or { "file": PATH }.'],
    ['/both/token', expect.stringContaining('"env"')],
    ['/url/url', expect.stringContaining('https://')],
    ['/aws/secretAccessKey', 'Name both of them, or none.'],
  ]);
  expect(JSON.stringify(faults)).not.toContain('hvs.secret');
  expect(connectionFaults([])).toHaveLength(1);
});
