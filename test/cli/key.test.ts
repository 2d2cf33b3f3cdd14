import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

const PLAINTEXT = /\b[a-z][a-z0-9]+_(?:live|test)_[0-9A-Za-z]{38}\b/g;

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

/** A new key: its id and its plaintext. */
async function newKey(...options: readonly string[]): Promise<{ id: string; plaintext: string }> {
  const created = await shell.json(['key', 'create', '--name', 'made for a test', ...options]);
  return { id: textAt(created, 'key', 'id'), plaintext: textAt(created, 'plaintext') };
}

describe('key create', () => {
  test('writes the plaintext alone to standard output, once, and the rest to standard error', async () => {
    const ran = await shell.run(['key', 'create', '--name', 'Acme CI', '--owner', 'acme']);
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toMatch(/^key_live_[0-9A-Za-z]{38}\n$/);
    expect(ran.stderr).toContain('Acme CI, owner acme, live) in keyspace default');
    expect(ran.stderr).not.toContain(ran.stdout.trim());
  });

  test('takes everything that can be said of a key', async () => {
    writeFileSync(shell.path('plan.json'), '{"plan":"gold","seats":[1,2]}');
    const ran = await shell.run([
      ...['key', 'create', '--json', '--name', 'full', '--env', 'test', '--owner', 'o-1'],
      ...['--scope', 'reports:read', '--scope', 'reports:write', '--tag', 'a', '--tag', 'b'],
      ...['--expires', '90d', '--not-before', '2020-01-01', '--metadata', '@plan.json'],
      ...['--address', '10.0.0.0/8', '--origin', 'https://app.example', '--method', 'GET'],
      ...['--path', '/reports/**'],
    ]);
    expect(ran.exit).toBe(0);
    expect(ran.json()).toEqual({
      key: expect.objectContaining({
        name: 'full',
        environment: 'test',
        owner: 'o-1',
        scopes: ['reports:read', 'reports:write'],
        tags: ['a', 'b'],
        notBefore: '2020-01-01T00:00:00.000Z',
        metadata: { plan: 'gold', seats: [1, 2] },
        restrictions: {
          addresses: ['10.0.0.0/8'],
          origins: ['https://app.example'],
          methods: ['GET'],
          paths: ['/reports/**'],
        },
      }),
      plaintext: expect.stringMatching(/^key_test_/),
    });
    // The document is all there is on standard output, and the plaintext stands in it once.
    expect(ran.stdout.match(PLAINTEXT)).toHaveLength(1);
    expect(ran.stderr).toBe('');
  });

  test('writes the plaintext to a new private file instead, when told to', async () => {
    const ran = await shell.run(['key', 'create', '--name', 'to a file', '--out', 'new.key']);
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toBe('');
    expect(statSync(shell.path('new.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(shell.path('new.key'), 'utf8')).toMatch(/^key_live_[0-9A-Za-z]{38}\n$/);
    expect(ran.stderr.match(PLAINTEXT)).toBeNull();

    const again = await shell.run(['key', 'create', '--name', 'again', '--out', 'new.key']);
    expect(again.exit).toBe(2);
    expect(again.stderr).toContain('new.key exists already');
    expect(await shell.json(['key', 'list', '--search', 'again'])).toMatchObject({ items: [] });
  });

  test('leaves no file behind when no key was made', async () => {
    const ran = await shell.run(['key', 'create', '--name', '', '--out', 'none.key', '--json']);
    expect(ran.exit).toBe(2);
    expect(() => statSync(shell.path('none.key'))).toThrow('ENOENT');
    expect(ran.json()).toMatchObject({ status: 422, errors: [{ pointer: '/name' }] });
  });

  test('answers a repeated call with the first one’s key, and without its plaintext', async () => {
    const call = ['key', 'create', '--name', 'once', '--idempotency-key', 'deploy-7'];
    const first = await shell.json(call);
    const second = await shell.json(call);
    expect(second).toEqual({ key: expect.objectContaining({ name: 'once' }), replayed: true });
    expect(textAt(second, 'key', 'id')).toBe(textAt(first, 'key', 'id'));
    const other = await shell.run([...call, '--owner', 'other', '--json']);
    expect(other.exit).toBe(1);
    expect(other.json()).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
  });

  test('names each faulty value by its option', async () => {
    const ran = await shell.run([
      ...['key', 'create', '--name', 'a\u001b[31mb', '--scope', 'A B', '--expires', '2020-01-01'],
    ]);
    expect(ran.exit).toBe(2);
    for (const option of ['--name:', '--scope:', '--expires:'])
      expect(ran.stderr).toContain(option);
    expect(ran.stderr).toContain('Next: keyturn key create --help');
    expect(ran.stderr).not.toContain('\u001b');
  });
});

describe('key list, find and show', () => {
  test('list, filter, cut into pages, and show as a table', async () => {
    for (const tag of ['p1', 'p2', 'p3']) await newKey('--tag', 'paged', '--tag', tag);
    const filter = ['key', 'list', '--tag', 'paged'];
    const page = await shell.run([...filter, '--limit', '2']);
    expect(page.exit).toBe(0);
    const [titles = '', ...rows] = page.stdout.trimEnd().split('\n');
    expect(titles).toMatch(/^ID +NAME +KEYSPACE +OWNER +STATE +HINT +SCOPES +LAST USED$/);
    expect(rows).toHaveLength(2);
    const cursor = /--cursor (\S+), or/.exec(page.stderr)?.[1] ?? '';
    const rest = await shell.json([...filter, '--limit', '2', '--cursor', cursor]);
    expect(rest).toMatchObject({ items: [{ tags: ['p1', 'paged'] }], nextCursor: null });
    const all = await shell.json([...filter, '--all']);
    expect(all).toMatchObject({ items: [{}, {}, {}], nextCursor: null });
  });

  test('find by a part of the text, and end with 1 where there is none', async () => {
    const { id } = await newKey('--owner', 'findable-owner');
    expect(await shell.json(['key', 'find', 'findable'])).toMatchObject({ items: [{ id }] });
    const none = await shell.run(['key', 'find', 'nobody-has-this']);
    expect(none).toMatchObject({ exit: 1, stdout: '' });
    expect(none.stderr).toContain('keyturn key create');
  });

  test('find the key of a secret, revoked ones too', async () => {
    const { id, plaintext } = await newKey();
    await shell.run(['key', 'revoke', id, '--yes']);
    const find = ['key', 'find', '--secret'];
    const found = await shell.json(find, { input: `${plaintext}\n` });
    expect(found).toMatchObject({ key: { id }, secret: { number: 1, state: 'revoked' } });
    const spoken = await shell.run(find, { input: plaintext });
    expect(spoken.stdout).toContain('secret 1');
    expect(spoken.stdout + spoken.stderr).not.toContain(plaintext);
    const unknown = await shell.run([...find, '--json'], { input: 'key_live_unknown' });
    expect(unknown).toMatchObject({ exit: 1 });
    expect(unknown.json()).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('show every field of a key, as text and as the HTTP API does', async () => {
    const { id } = await newKey('--scope', 'reports:read', '--metadata', '{"plan":"gold"}');
    const shown = await shell.run(['key', 'show', id]);
    expect(shown.stdout).toMatch(/^id +key_/);
    expect(shown.stdout).toContain('{"plan":"gold"}');
    expect(await shell.json(['key', 'show', id])).toMatchObject({ id, scopes: ['reports:read'] });
  });

  test('what a terminal would obey stands as text, and reads back from the document', async () => {
    const metadata = { note: '\u009b31m\u202eevil' };
    const { id } = await newKey('--metadata', JSON.stringify(metadata));
    const shown = await shell.run(['key', 'show', id]);
    const document = await shell.run(['key', 'show', id, '--json']);
    expect(document.json()).toMatchObject({ metadata });
    const typed = await shell.run(['key', 'show', id, '--\u001b[31m']);
    for (const ran of [shown, document, typed]) {
      const said = ran.stdout + ran.stderr;
      for (const obeyed of '\u001b\u009b\u202e') expect(said).not.toContain(obeyed);
    }
  });

  test('an unknown id ends with 1, a problem document, and the next command', async () => {
    const ran = await shell.run(['key', 'show', 'key_none', '--json']);
    expect(ran.exit).toBe(1);
    expect(ran.json()).toMatchObject({ status: 404, code: 'not_found' });
    expect(ran.stderr).toMatch(/Next: keyturn key list --search key_none\n$/);
  });
});

describe('key update', () => {
  test('changes what is named, clears what is taken away, and leaves the rest', async () => {
    const { id } = await newKey('--owner', 'o', '--tag', 't', '--address', '10.0.0.0/8');
    const changed = await shell.json([
      ...['key', 'update', id, '--name', 'renamed', '--no-owner', '--scope', 'a:b'],
      ...['--method', 'GET', '--expires', '30d'],
    ]);
    expect(changed).toMatchObject({
      name: 'renamed',
      owner: null,
      scopes: ['a:b'],
      tags: ['t'],
      restrictions: { addresses: ['10.0.0.0/8'], methods: ['GET'] },
      version: 2,
    });
    const cleared = await shell.json([
      ...['key', 'update', id, '--no-address', '--no-tag', '--no-expires', '--no-scope'],
    ]);
    expect(cleared).toMatchObject({
      restrictions: { methods: ['GET'] },
      tags: [],
      scopes: [],
      expiresAt: null,
    });
  });

  test('never overwrites another’s change when told which version it saw', async () => {
    const { id } = await newKey();
    const update = ['key', 'update', id, '--if-match', '1', '--name'];
    expect(await shell.run([...update, 'first'])).toMatchObject({ exit: 0, stdout: '' });
    const late = await shell.run([...update, 'second']);
    expect(late.exit).toBe(1);
    expect(late.stderr).toContain(`Next: keyturn key show ${id}`);
    expect(await shell.run(['key', 'update', id])).toMatchObject({ exit: 2 });
  });
});

describe('key revoke, disable, enable and delete', () => {
  test('a key is disabled and enabled again, without a question', async () => {
    const { id } = await newKey();
    const disabled = await shell.json(['key', 'disable', id, '--reason', 'audit']);
    expect(disabled).toEqual({
      key: expect.objectContaining({ id, state: 'disabled', stateReason: 'audit' }),
    });
    const enabled = await shell.run(['key', 'enable', id]);
    expect(enabled).toMatchObject({ exit: 0, stdout: '' });
    expect(enabled.stderr).toContain('it is active now');
  });

  test('what cannot be undone is not done where nobody can be asked', async () => {
    const { id } = await newKey();
    for (const act of ['revoke', 'delete']) {
      const ran = await shell.run(['key', act, id]);
      expect(ran.exit).toBe(2);
      expect(ran.stderr).toContain('cannot be undone');
      expect(ran.stderr).toContain(`Next: keyturn key ${act} ${id} --dry-run`);
    }
    expect(await shell.json(['key', 'show', id])).toMatchObject({ state: 'active', version: 1 });
  });

  test('a dry run says what would happen, and changes nothing', async () => {
    const { id } = await newKey();
    const spoken = await shell.run(['key', 'revoke', id, '--dry-run']);
    expect(spoken.exit).toBe(0);
    expect(spoken.stdout).toContain('is for ever');
    const plan = { act: 'secret.revoked', change: true, key: { id } };
    expect(await shell.json(['key', 'revoke', id, '--secret', '1', '--dry-run'])).toMatchObject({
      plan,
    });
    // What would be refused says so by its exit, too.
    const refused = await shell.run(['key', 'delete', id, '--dry-run', '--json']);
    expect(refused).toMatchObject({ exit: 1 });
    expect(refused.json()).toMatchObject({ plan: { act: 'key.deleted', change: false } });
    expect(await shell.json(['key', 'show', id])).toMatchObject({ state: 'active', version: 1 });
  });

  test('a management key is revoked with every key that it made', async () => {
    const root = await shell.json(['key', 'create', '--keyspace', 'keyturn', '--name', 'root']);
    const id = textAt(root, 'key', 'id');
    const spoken = await shell.run(['key', 'revoke', id, '--descendants', '--dry-run']);
    expect(spoken.stdout).toContain('Every key that it made');
    const revoked = await shell.json(['key', 'revoke', id, '--descendants', '--yes']);
    expect(revoked).toMatchObject({ key: { state: 'revoked' }, descendants: [] });
  });

  test('a key is revoked for ever, twice without harm, and only then deleted', async () => {
    const { id, plaintext } = await newKey();
    const early = await shell.run(['key', 'delete', id, '--yes']);
    expect(early).toMatchObject({ exit: 1, stdout: '' });
    expect(early.stderr).toContain(`Next: keyturn key show ${id}`);

    const revoked = await shell.json(['key', 'revoke', id, '--yes', '--reason', 'leaked']);
    expect(revoked).toMatchObject({ key: { state: 'revoked', stateReason: 'leaked' } });
    const again = await shell.run(['key', 'revoke', id, '--yes']);
    expect(again).toMatchObject({ exit: 0 });
    expect(again.stderr).toContain('was revoked before');
    const enabled = await shell.run(['key', 'enable', id, '--json']);
    expect(enabled.exit).toBe(1);
    expect(enabled.json()).toMatchObject({ status: 409, code: 'state_conflict' });
    expect(await shell.run(['verify'], { input: plaintext })).toMatchObject({ exit: 1 });

    const deleted = await shell.run(['key', 'delete', id, '--yes']);
    expect(deleted).toMatchObject({ exit: 0, stdout: '' });
    expect(await shell.run(['key', 'show', id])).toMatchObject({ exit: 1 });
    const events = await shell.json(['events', 'list', '--subject', id, '--type', 'key.deleted']);
    expect(events).toMatchObject({ items: [{ actor: { kind: 'command_line' } }] });
  });
});
