import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
let server: readonly string[];
let rootKey: string;
beforeAll(async () => {
  shell = new Shell();
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.run([...root, '--out', 'root.key']);
  const { url } = await shell.serve();
  server = ['--server', url, '--key-file', 'root.key'];
  rootKey = 'root.key';
});
afterAll(() => shell.remove());

describe('the command line over a server', () => {
  test('lives a key’s whole life', async () => {
    const created = await shell.run([
      'key',
      'create',
      '--name',
      'far',
      '--scope',
      'a:b',
      ...server,
    ]);
    expect(created).toMatchObject({ exit: 0 });
    expect(created.stdout).toMatch(/^key_live_[0-9A-Za-z]{38}\n$/);
    const input = created.stdout;
    const id = textAt(await shell.json(['key', 'find', 'far', ...server]), 'items', 0, 'id');

    expect(await shell.run(['verify', '--scope', 'a:b', ...server], { input })).toMatchObject({
      exit: 0,
    });
    const lacking = await shell.run(['verify', '--scope', 'a:c', ...server], { input });
    expect(lacking).toMatchObject({ exit: 1, stdout: 'refused: insufficient_scope\n' });
    expect(await shell.json(['key', 'find', '--secret', ...server], { input })).toMatchObject({
      key: { id },
      secret: { number: 1 },
    });
    const update = ['key', 'update', id, '--address', '10.0.0.0/8', '--no-scope', ...server];
    expect(await shell.json(update)).toMatchObject({ scopes: [], version: 2 });
    const stale = await shell.run([
      'key',
      'update',
      id,
      '--name',
      'x',
      '--if-match',
      '1',
      ...server,
    ]);
    expect(stale).toMatchObject({ exit: 1 });
    expect(await shell.json(['key', 'disable', id, ...server])).toMatchObject({
      key: { state: 'disabled' },
    });
    expect(await shell.json(['key', 'enable', id, ...server])).toMatchObject({
      key: { state: 'active' },
    });
    expect(await shell.run(['key', 'revoke', id, ...server])).toMatchObject({ exit: 2 });
    const revoke = ['key', 'revoke', id, '--yes', '--reason', 'leaked', ...server];
    expect(await shell.json(revoke)).toMatchObject({ key: { state: 'revoked' } });
    expect(await shell.run(['key', 'enable', id, ...server])).toMatchObject({ exit: 1 });
    expect(await shell.run(['key', 'delete', id, '--yes', ...server])).toMatchObject({ exit: 0 });
    const gone = await shell.run(['key', 'show', id, ...server]);
    expect(gone.exit).toBe(1);
    expect(gone.stderr).toContain(`Next: keyturn key list ${server.join(' ')}`);
  });

  test('manages keyspaces, owners, events and usage', async () => {
    const keyspace = ['keyspace', 'create', 'far', '--prefix', 'far', ...server];
    expect(await shell.json(keyspace)).toMatchObject({ name: 'far' });
    const change = ['keyspace', 'update', 'far', '--staleness', '9s', ...server];
    expect(await shell.json(change)).toMatchObject({ staleness: '9s' });
    const owner = ['owner', 'create', 'o-1 ä?', '--name', 'Ada', '--keyspace', 'far', ...server];
    expect(await shell.json(owner)).toMatchObject({ id: 'o-1 ä?', keyspace: 'far' });
    const at = ['o-1 ä?', '--keyspace', 'far', ...server];
    expect(await shell.json(['owner', 'update', ...at, '--locale', 'de'])).toMatchObject({
      locale: 'de',
    });
    expect(await shell.json(['owner', 'erase', ...at, '--yes'])).toMatchObject({ name: null });
    for (const name of ['1', '2', '3']) {
      await shell.run(['key', 'create', '--keyspace', 'far', '--name', name, ...server]);
    }
    const all = await shell.json(['events', 'list', '--all', '--keyspace', 'far', ...server]);
    expect(all).toMatchObject({ nextCursor: null });
    expect(await shell.run(['usage', ...server])).toMatchObject({ exit: 0 });
    const known = await shell.run(['events', 'verify', '--json', ...server]);
    writeFileSync(shell.path('known.json'), known.stdout);
    const verify = ['events', 'verify', '--known', 'known.json', ...server];
    expect(await shell.json(verify)).toEqual(known.json());
    writeFileSync(shell.path('forged.json'), known.stdout.replaceAll(/"hash":"./g, '"hash":"_'));
    const forged = await shell.run(['events', 'verify', '--known', 'forged.json', ...server]);
    expect(forged).toMatchObject({ exit: 1 });
  });

  test('prints the same documents as over the database', async () => {
    const created = await shell.json(['key', 'create', '--name', 'same', '--tag', 'same']);
    const id = textAt(created, 'key', 'id');
    const input = textAt(created, 'plaintext');
    await shell.run(['owner', 'create', 'same', '--name', 'Same']);
    const commands = [
      ['key', 'show', id],
      ['key', 'list', '--tag', 'same'],
      ['key', 'list', '--tag', 'same', '--all'],
      ['key', 'find', '--secret'],
      ['key', 'revoke', id, '--dry-run'],
      ['keyspace', 'show', 'default'],
      ['keyspace', 'list'],
      ['owner', 'show', 'same'],
      ['owner', 'list'],
      ['verify'],
      ['verify', '--scope', 'a:b'],
      ['events', 'list', '--subject', id],
      ['events', 'verify', '--keyspace', 'default'],
    ];
    for (const command of commands) {
      const near = await shell.run([...command, '--json'], { input });
      const far = await shell.run([...command, '--json', ...server], { input });
      expect(far.json()).toEqual(near.json());
      expect(far.exit).toBe(near.exit);
    }
  });

  test('says every fault as over the database', async () => {
    const commands = [
      ['key', 'show', 'key_none'],
      ['key', 'create', '--name', ''],
      ['key', 'create', '--name', 'x', '--expires', '2020-01-01'],
      ['key', 'list', '--limit', '0'],
      ['keyspace', 'create', 'default', '--prefix', 'other'],
      ['owner', 'show', 'nobody'],
      ['usage', '--from', 'yesterday'],
    ];
    for (const command of commands) {
      const near = await shell.run(command);
      const far = await shell.run([...command, ...server]);
      expect([command, far.exit]).toEqual([command, near.exit]);
      expect(far.exit).not.toBe(0);
      expect(far.stderr).toMatch(/\nNext: keyturn /);
    }
  });

  test('a key with fewer rights is refused what it may not do', async () => {
    const weak = ['--keyspace', 'keyturn', '--name', 'weak', '--scope', 'keys:read'];
    await shell.run(['key', 'create', ...weak, '--out', 'weak.key']);
    const as = [...server.slice(0, 2), '--key-file', 'weak.key'];
    expect(await shell.run(['key', 'list', ...as])).toMatchObject({ exit: 0 });
    const refused = await shell.run(['key', 'create', '--name', 'x', '--json', ...as]);
    expect(refused.exit).toBe(1);
    expect(refused.json()).toMatchObject({ status: 403 });
    writeFileSync(shell.path('wrong.key'), `kt_live_${'0'.repeat(38)}\n`, { mode: 0o600 });
    const unknown = await shell.run([
      'key',
      'list',
      ...server.slice(0, 2),
      '--key-file',
      'wrong.key',
    ]);
    expect(unknown.exit).toBe(1);
    expect(unknown.stderr).toContain('--key-file');
  });
});

describe('a server that is not there, or is another one', () => {
  test('is unavailable, and the key is sent to no other place', async () => {
    const seen: string[] = [];
    const other = createServer((request, response) => {
      seen.push(request.url ?? '');
      if (request.url?.startsWith('/v1/keys')) {
        response.writeHead(307, { location: '/elsewhere' }).end();
      } else response.writeHead(200).end('<html>');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const at = ['--server', `http://127.0.0.1:${port}`, '--key-file', rootKey];
    const redirected = await shell.run(['key', 'list', ...at]);
    expect(redirected).toMatchObject({ exit: 3, stdout: '' });
    expect(seen).not.toContain('/elsewhere');
    const noJson = await shell.run(['owner', 'list', ...at]);
    expect(noJson).toMatchObject({ exit: 3 });
    expect(noJson.stderr).toContain('is this address a Keyturn server');
    other.close();
    other.closeAllConnections();
    const gone = await shell.run(['key', 'list', ...at]);
    expect(gone).toMatchObject({ exit: 3 });
    expect(gone.stderr).toContain('did not answer');
    expect(gone.stderr).toContain(`Next: curl http://127.0.0.1:${port}/readyz`);
  });

  test('a key file that others may read is warned of, and one without a key refused', async () => {
    chmodSync(shell.path(rootKey), 0o644);
    const warned = await shell.run(['key', 'list', ...server]);
    expect(warned.exit).toBe(0);
    expect(warned.stderr).toContain('chmod 600 root.key');
    chmodSync(shell.path(rootKey), 0o600);
    writeFileSync(shell.path('two.key'), 'one\ntwo\n');
    const two = await shell.run(['key', 'list', ...server.slice(0, 2), '--key-file', 'two.key']);
    expect(two).toMatchObject({ exit: 2 });
    const missing = ['--key-file', 'missing.key'];
    expect(await shell.run(['key', 'list', ...server.slice(0, 2), ...missing])).toMatchObject({
      exit: 2,
    });
  });

  test('a key is sent over http: to no other machine, unless that is asked for', async () => {
    const list = ['key', 'list', '--key-file', rootKey, '--server'];
    for (const elsewhere of [
      'http://192.0.2.1',
      'http://keys.example:8787/keyturn',
      'http://localhost.example',
      'http://127.0.0.1.example',
      'http://[2001:db8::1]',
      'HTTP://192.0.2.1',
    ]) {
      const refused = await shell.run([...list, elsewhere]);
      expect(refused).toMatchObject({ exit: 2, stdout: '' });
      expect(refused.stderr).toContain('Use https:');
    }
    const missing = ['key', 'list', '--key-file', 'missing.key', '--server'];
    for (const [address, ...flags] of [['https://192.0.2.1'], ['http://192.0.2.1', '--insecure']]) {
      // The key is looked for, and there is none that could be sent.
      const ran = await shell.run([...missing, address ?? '', ...flags]);
      expect(ran.stderr).toContain('missing.key cannot be read');
      expect(ran.stderr.includes('Warning: the management key is sent')).toBe(flags.length > 0);
    }
    const [, here = ''] = server;
    for (const name of ['localhost', '127.0.0.1']) {
      const { port } = new URL(here);
      expect(await shell.run([...list, `http://${name}:${port}`])).toMatchObject({ exit: 0 });
    }
  });
});
