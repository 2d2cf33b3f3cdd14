import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
let url: string;
let server: readonly string[];
beforeAll(async () => {
  shell = new Shell();
  await managementKey('root', '*');
  ({ url } = await shell.serve());
  server = as('root');
});
afterAll(() => shell.remove());

async function managementKey(name: string, scope: string): Promise<string> {
  const management = ['--keyspace', 'keyturn', '--name', name, '--scope', scope];
  const made = await shell.json(['key', 'create', ...management, '--out', `${name}.key`]);
  return textAt(made, 'key', 'id');
}

function as(name: string): readonly string[] {
  return ['--server', url, '--key-file', `${name}.key`];
}

interface Asked {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The body of the HTTP API's answer. */
async function overHttp(name: string, asked: Asked): Promise<unknown> {
  return JSON.parse(await textOverHttp(name, asked));
}

async function textOverHttp(
  name: string,
  { path, headers = {}, ...asked }: Asked,
): Promise<string> {
  const authorization = `Api-Key ${readFileSync(shell.path(`${name}.key`), 'utf8').trim()}`;
  const sent = { 'content-type': 'application/json', ...headers, authorization };
  return (await fetch(`${url}${path}`, { ...asked, headers: sent })).text();
}

describe('an answer in JSON', () => {
  test('has the bytes of the HTTP API, from a database as from a server', async () => {
    const all = ['--metadata', '{"b":1,"a":{"d":2,"c":3}}', '--expires', '9d', '--tag', 't'];
    const only = ['--path', '/r/**', '--method', 'GET', '--address', '10.0.0.0/8'];
    const create = ['key', 'create', '--name', 'bytes', '--owner', 'o', ...all, ...only];
    const id = textAt(await shell.json(create), 'key', 'id');
    await shell.json(['owner', 'create', 'o', '--email', 'a@b.example', '--name', 'N']);
    const shaped = ['--foreign-shape', '41,base62,.', '--scope', 'a:b', '--query', 'key'];
    await shell.json(['keyspace', 'create', 'shaped', '--prefix', 'shaped', ...shaped]);
    for (const [typed, path] of [
      [`key show ${id}`, `/v1/keys/${id}`],
      ['key list', '/v1/keys'],
      ['keyspace show shaped', '/v1/keyspaces/shaped'],
      ['keyspace list', '/v1/keyspaces'],
      ['owner show o', '/v1/owners/o'],
      ['owner list', '/v1/owners'],
      ['events list', '/v1/events'],
      ['events verify', '/v1/events/verify'],
      ['usage --key', '/v1/usage?key='],
    ] as const) {
      const [command, at] = typed.endsWith('--key') ? [`${typed} ${id}`, path + id] : [typed, path];
      const http = `${await textOverHttp('root', { method: 'GET', path: at })}\n`;
      for (const where of [[], server]) {
        const { stdout } = await shell.run([...command.split(' '), '--json', ...where]);
        expect([command, stdout]).toEqual([command, http]);
      }
    }
  });
});

describe('a refusal in JSON', () => {
  test('of the management key itself is the one of the HTTP API', async () => {
    await managementKey('reader', 'keyspaces:read');
    const ended = await managementKey('ended', '*');
    const list: Asked = { method: 'GET', path: '/v1/keys' };
    const lacking = await shell.run(['key', 'list', '--json', ...as('reader')]);
    expect(lacking.json()).toEqual(await overHttp('reader', list));
    expect(lacking.json()).toMatchObject({ code: 'insufficient_scope', scopes: ['keys:read'] });
    await shell.json(['key', 'revoke', ended, '--yes', ...server]);
    const revoked = await shell.run(['key', 'list', '--json', ...as('ended')]);
    expect(revoked.json()).toEqual(await overHttp('ended', list));
    expect(revoked.json()).toMatchObject({ code: 'revoked' });
    // A person is told as well which key that was.
    expect([lacking.exit, revoked.exit]).toEqual([1, 1]);
    expect(revoked.stderr).toContain('--key-file');
  });

  test('is the same from a database, from a server and over HTTP', async () => {
    const id = textAt(await shell.json(['key', 'create', '--name', 'same']), 'key', 'id');
    const repeat = ['--idempotency-key', 'alike'];
    await shell.json(['key', 'create', '--name', 'first', ...repeat, ...server]);
    await shell.json(['key', 'create', '--name', 'first', ...repeat]);
    const body = JSON.stringify({ name: 'second' });
    const headers = { 'idempotency-key': 'alike' };
    const changed = ['key', 'update', id, '--name', 'x', '--if-match', '7'];
    const stale: Asked = {
      method: 'PATCH',
      path: `/v1/keys/${id}`,
      headers: { 'if-match': '7' },
      body: JSON.stringify({ name: 'x' }),
    };
    const cases: readonly (readonly [readonly string[], Asked])[] = [
      [['key', 'show', 'key_none'], { method: 'GET', path: '/v1/keys/key_none' }],
      [changed, stale],
      [
        ['key', 'create', '--name', 'second', ...repeat],
        { method: 'POST', path: '/v1/keys', headers, body },
      ],
      [
        ['key', 'create', '--name', ''],
        { method: 'POST', path: '/v1/keys', body: JSON.stringify({ name: '' }) },
      ],
    ];
    for (const [command, asked] of cases) {
      const near = await shell.run([...command, '--json']);
      const far = await shell.run([...command, '--json', ...server]);
      const http = await overHttp('root', asked);
      expect(far.json()).toEqual(http);
      expect(near.json()).toEqual(http);
      expect(far.exit).toBe(near.exit);
    }
  });

  test('of metadata that no request may hold is the one of the HTTP API', async () => {
    for (const metadata of [
      '{"a":[{"__proto__":1}]}',
      '{"\\u005f_proto__":1}',
      `{"a":${'['.repeat(33)}${']'.repeat(33)}}`,
      `{"a":${'['.repeat(16)}${']'.repeat(16)}}`,
    ]) {
      const body = `{"name":"x","metadata":${metadata}}`;
      const http = await overHttp('root', { method: 'POST', path: '/v1/keys', body });
      const create = ['key', 'create', '--name', 'x', '--metadata', metadata, '--json'];
      for (const where of [[], server]) {
        expect((await shell.run([...create, ...where])).json()).toEqual(http);
      }
    }
  });

  test('of a number beyond what JSON holds is one, and nothing else is stored', async () => {
    for (const number of ['1e999', '-1e999']) {
      const typed = ['--metadata', `{"a":[${number}]}`];
      const create = ['key', 'create', '--name', 'vast', ...typed, '--json'];
      const near = await shell.run(create);
      const far = await shell.run([...create, ...server]);
      expect(far).toMatchObject({ exit: 2 });
      expect(far.json()).toMatchObject({ status: 422 });
      expect(far.json()).toEqual(near.json());
    }
    expect(await shell.json(['key', 'list', ...server])).not.toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ name: 'vast' })]),
    });
  });

  test.each([
    ['a letter that no header holds', '\u65e5'],
    ['a line break', 'one\ntwo'],
    ['nothing', ''],
  ])('of an idempotency key with %s names the option, not the value', async (_name, key) => {
    const create = ['key', 'create', '--name', 'x', '--idempotency-key', key, '--json'];
    const near = await shell.run(create);
    const far = await shell.run([...create, ...server]);
    expect(far.json()).toEqual(near.json());
    expect([far.exit, far.stderr]).toEqual([2, near.stderr]);
    expect(far.stderr).toContain('--idempotency-key: is not 1 to 255 printable ASCII characters.');
    if (key !== '') expect(far.stderr).not.toContain(key);
  });
});

describe('a text that is no key', () => {
  test('is told its likely mistake, from a database as from a server', async () => {
    await shell.json(['keyspace', 'create', 'acme', '--prefix', 'acme', ...server]);
    await managementKey('verifier', 'keys:verify');
    for (const place of [[], ['--keyspace', 'acme']]) {
      const made = await shell.json(['key', 'create', '--name', 'whole', ...place]);
      const whole = textAt(made, 'plaintext');
      for (const [input, mistake] of [
        [`"${whole}"`, 'has quotes around it'],
        [whole.slice(0, -3), 'The end of the key is missing'],
        [`${whole}xyz`, 'something after the end'],
      ] as const) {
        const near = await shell.run(['verify', ...place], { input });
        expect(near.stderr).toContain(mistake);
        // The second may not ask how keys of the keyspace begin.
        for (const by of ['root', 'verifier']) {
          const far = await shell.run(['verify', ...place, ...as(by)], { input });
          expect([far.exit, far.stdout]).toEqual([near.exit, near.stdout]);
          expect(far.stderr).toContain(mistake);
        }
      }
    }
  });
});

describe('heads kept from before', () => {
  test('are refused where there is nothing in them to compare', async () => {
    const kept = textAt(await shell.json(['events', 'verify']), 'items', 0, 'head', 'hash');
    const headOf = (keyspace: string, head: object) => JSON.stringify([{ keyspace, head }]);
    const useless = [
      '[]',
      '{"items":[]}',
      headOf('default', { number: 1, hash: 'x' }),
      headOf('default', { number: 1.5, hash: kept }),
      headOf('keyturn', { number: 1, hash: kept }),
    ];
    for (const text of useless) {
      writeFileSync(shell.path('known.json'), text);
      const verify = ['events', 'verify', '--known', 'known.json', '--keyspace', 'default'];
      const near = await shell.run(verify);
      const far = await shell.run([...verify, ...server]);
      expect([text, near.exit, near.stdout]).toEqual([text, 2, '']);
      expect([far.exit, far.stdout, far.stderr]).toEqual([2, '', near.stderr]);
    }
  });
});

describe('events are not listed', () => {
  test('of a type that there is not: the nearest is named', async () => {
    for (const where of [[], server]) {
      const ran = await shell.run(['events', 'list', '--type', 'key.revokd', ...where]);
      expect(ran).toMatchObject({ exit: 2, stdout: '' });
      expect(ran.stderr).toContain('Did you mean key.revoked?');
      expect(await shell.run(['events', 'list', '--type', 'key.revoked', ...where])).toMatchObject({
        exit: 0,
      });
    }
  });

  test('of a name, and it is said that an id is wanted', async () => {
    const named = await shell.run(['events', 'list', '--subject', 'default']);
    expect(named.stderr).toContain('--subject takes an id');
    const gone = await shell.run(['events', 'list', '--subject', `key_${'0'.repeat(26)}`]);
    expect(gone.stderr).toBe('There is no such event.\n');
  });
});
