import { writeFileSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

describe('keyspace', () => {
  test('is created, listed, shown and changed', async () => {
    const create = ['keyspace', 'create', 'acme', '--prefix', 'acme', '--scope', 'reports:read'];
    const created = await shell.run(create);
    expect(created).toMatchObject({ exit: 0, stdout: '' });
    expect(created.stderr).toContain('Next: keyturn key create --keyspace acme');
    const taken = await shell.run([...create, '--json']);
    expect(taken.exit).toBe(1);
    expect(taken.json()).toMatchObject({ status: 409, code: 'already_exists' });

    const listed = await shell.run(['keyspace', 'list']);
    expect(listed.stdout).toMatch(/^NAME +PREFIX +ID/);
    expect(await shell.json(['keyspace', 'list'])).toMatchObject({
      items: [{ name: 'acme' }, { name: 'default' }, { name: 'keyturn', isManagement: true }],
    });
    const shown = await shell.run(['keyspace', 'show', 'acme']);
    expect(shown.stdout).toContain('acme_(?:live|test)_');

    const changed = await shell.json([
      ...['keyspace', 'update', 'acme', '--staleness', '10s', '--no-scope', '--query', 'api_key'],
    ]);
    expect(changed).toMatchObject({
      staleness: '10s',
      scopes: null,
      credentials: { headers: ['x-api-key'], query: 'api_key' },
    });
    expect(await shell.json(['keyspace', 'show', 'acme'])).toEqual(changed);
  });

  test('says where its keys stand, how they look and how they are refused', async () => {
    const shapes = ['--foreign-shape', '41,base62,.', '--foreign-shape', '20-64,hex'];
    const forms = ['--header', 'X-Token', '--no-scheme', '--refusal', 'drf'];
    const create = ['keyspace', 'create', 'old', '--prefix', 'old', ...forms, ...shapes];
    expect(await shell.json(create)).toMatchObject({
      credentials: { headers: ['x-token'], schemes: [] },
      refusal: 'drf',
      foreignShapes: [
        { minLength: 41, maxLength: 41, alphabet: 'base62', separator: '.' },
        { minLength: 20, maxLength: 64, alphabet: 'hex', separator: null },
      ],
    });
    const shown = (await shell.run(['keyspace', 'show', 'old'])).stdout;
    expect(shown).toMatch(/^refusal +drf$/m);
    expect(shown).toMatch(/^foreign shapes +41,base62,\. 20-64,hex$/m);
    const update = ['keyspace', 'update', 'old'];
    const back = ['--refusal', 'problem', '--no-foreign-shape', '--no-header', '--scheme', 'Token'];
    expect(await shell.json([...update, ...back])).toMatchObject({
      credentials: { headers: [], schemes: ['token'] },
      refusal: 'problem',
      foreignShapes: [],
    });
    for (const [given, told] of [
      [['--foreign-shape', '41'], '--foreign-shape takes a length'],
      [['--foreign-shape', '41,latin,.'], '--foreign-shape takes a length'],
      [['--foreign-shape', '4,hex'], '--foreign-shape: has no such lengths'],
      [['--refusal', 'html'], '--refusal'],
      [['--no-scheme'], 'leaves no place for a key'],
      [['--query', 'a b'], '--query: is no name'],
      [['--header', 'Cookie'], '--header: names a header of others'],
    ] as const) {
      const ran = await shell.run([...update, ...given]);
      expect(ran.exit).toBe(2);
      expect(ran.stderr).toContain(told);
    }
  });

  test('of management keys keeps the forms of a credential', async () => {
    for (const change of [
      ['--query', 'key'],
      ['--scheme', 'x'],
      ['--header', 'x'],
      ['--no-scope'],
      ['--refusal', 'drf'],
    ]) {
      const ran = await shell.run(['keyspace', 'update', 'keyturn', ...change]);
      expect(ran.exit).toBe(1);
      expect(ran.stderr).toContain('of the management keyspace are fixed');
      expect(ran.stderr).toContain('Next: keyturn keyspace show keyturn');
    }
  });

  test('a fault names the option', async () => {
    const ran = await shell.run(['keyspace', 'create', 'bad', '--prefix', 'B_d']);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('--prefix:');
    expect(await shell.run(['keyspace', 'create', 'bad'])).toMatchObject({ exit: 2 });
    const unknown = await shell.run(['keyspace', 'show', 'none']);
    expect(unknown.exit).toBe(1);
    expect(unknown.stderr).toContain('Next: keyturn keyspace list');
    // What npm runs is not on the PATH.
    const byNpm = await shell.run(['keyspace', 'show', 'nowhere'], {
      env: { npm_command: 'exec' },
    });
    expect(byNpm.stderr).toContain('Next: npx keyturn keyspace list');
  });
});

describe('owner', () => {
  test('has a record that is created, listed, shown, changed and erased', async () => {
    const person = [
      '--name',
      'Ada Example',
      '--email',
      'ada@mail.example',
      '--email',
      'b@mail.example',
    ];
    const created = await shell.json([
      ...['owner', 'create', 'o-1', ...person, '--locale', 'de-CH', '--timezone', 'Europe/Zurich'],
    ]);
    expect(created).toMatchObject({ id: 'o-1', emails: ['ada@mail.example', 'b@mail.example'] });
    expect((await shell.run(['owner', 'list'])).stdout).toContain('Ada Example');
    expect((await shell.run(['owner', 'show', 'o-1'])).stdout).toContain('Europe/Zurich');
    const changed = await shell.json([
      'owner',
      'update',
      'o-1',
      '--no-timezone',
      '--name',
      'Ada B.',
    ]);
    expect(changed).toMatchObject({ name: 'Ada B.', timezone: null, locale: 'de-CH' });

    expect(await shell.run(['owner', 'erase', 'o-1'])).toMatchObject({ exit: 2 });
    const dry = await shell.json(['owner', 'erase', 'o-1', '--dry-run']);
    expect(dry).toMatchObject({ plan: { act: 'owner.erased', owner: { name: 'Ada B.' } } });
    const erased = await shell.json(['owner', 'erase', 'o-1', '--yes']);
    expect(erased).toMatchObject({ name: null, emails: [], locale: null });

    const events = await shell.run(['events', 'list', '--subject', 'o-1', '--all', '--json']);
    expect(events.stdout).not.toMatch(/Ada (?:B\.|Example)/); // No hash has a space.
    expect(await shell.run(['events', 'verify'])).toMatchObject({ exit: 0 });
  });

  test('of another keyspace is another one', async () => {
    await shell.run(['keyspace', 'create', 'other', '--prefix', 'other']);
    await shell.run(['owner', 'create', 'twice', '--name', 'here']);
    await shell.run(['owner', 'create', 'twice', '--name', 'there', '--keyspace', 'other']);
    const there = await shell.json(['owner', 'show', 'twice', '--keyspace', 'other']);
    expect(there).toMatchObject({ name: 'there', keyspace: 'other' });
    const unknown = await shell.run(['owner', 'show', 'nobody']);
    expect(unknown.exit).toBe(1);
    expect(unknown.stderr).toContain('Next: keyturn owner list');
  });
});

describe('verify', () => {
  test('says what it found, and why it refuses, and never shows the key', async () => {
    const created = await shell.json(['key', 'create', '--name', 'v', '--scope', 'reports:read']);
    const plaintext = textAt(created, 'plaintext');
    const input = `${plaintext}\n`;
    const valid = await shell.run(['verify', '--scope', 'reports:read'], { input });
    expect(valid.exit).toBe(0);
    expect(valid.stdout).toMatch(/^valid\nkey +key_/);
    expect(await shell.json(['verify'], { input })).toEqual({
      valid: true,
      key: expect.objectContaining({ name: 'v', scopes: ['reports:read'] }),
    });
    const refused = await shell.run(['verify', '--scope', 'reports:write'], { input });
    expect(refused).toMatchObject({ exit: 1, stdout: 'refused: insufficient_scope\n' });
    expect(refused.stderr).toContain('Next: keyturn key find --secret < FILE');
    for (const ran of [valid, refused]) expect(ran.stdout + ran.stderr).not.toContain(plaintext);
  });

  test('names the likely mistake in a damaged key', async () => {
    const quoted = await shell.run(['verify'], { input: '"key_live_abc"\n' });
    expect(quoted).toMatchObject({ exit: 1, stdout: 'refused: malformed\n' });
    expect(quoted.stderr).toContain('quotes');
    const empty = await shell.run(['verify', '--json'], { input: '' });
    expect(empty.exit).toBe(1);
    expect(empty.json()).toMatchObject({ valid: false, code: 'malformed' });
    const flood = await shell.run(['verify'], { input: 'x'.repeat(100_000) });
    expect(flood).toMatchObject({ exit: 2, stdout: '' });
  });

  test('asks a restriction with the facts that were named', async () => {
    const created = await shell.json(['key', 'create', '--name', 'r', '--address', '10.0.0.0/8']);
    const input = textAt(created, 'plaintext');
    const inside = ['verify', '--address', '10.1.2.3', '--method', 'GET', '--path', '/a'];
    expect(await shell.run(inside, { input })).toMatchObject({ exit: 0 });
    expect(await shell.json([...inside, '--env', 'live'], { input })).toMatchObject({
      valid: true,
    });
    const outside = await shell.run(['verify', '--address', '192.0.2.1'], { input });
    expect(outside.stdout).toBe('refused: address_denied\n');
  });

  test('says that a keyspace is not there, and nothing against the key', async () => {
    const created = await shell.json(['key', 'create', '--name', 'k']);
    const input = textAt(created, 'plaintext');
    const nowhere = ['verify', '--keyspace', 'nope'];
    const ran = await shell.run(nowhere, { input });
    expect(ran).toMatchObject({ exit: 1, stdout: '' });
    expect(ran.stderr).toContain('keyturn keyspace list');
    const told = await shell.run([...nowhere, '--json'], { input });
    expect(told.exit).toBe(1);
    expect(told.json()).toMatchObject({ status: 404, code: 'not_found' });
  });

  test.each([['*'], ['reports:read']])(
    'of a key with the scope %s takes no scope that is none',
    async (scope) => {
      const created = await shell.json(['key', 'create', '--name', 's', '--scope', scope]);
      for (const input of [textAt(created, 'plaintext'), 'key_live_x']) {
        const ran = await shell.run(['verify', '--scope', 'bad scope'], { input });
        expect(ran).toMatchObject({ exit: 2, stdout: '' });
        expect(ran.stderr).toContain('--scope: is not a scope like "reports:read".');
      }
    },
  );

  test('ends with 3 when the truth cannot be had', async () => {
    const away = ['verify', '--database', 'postgres://nobody@127.0.0.1:1/none'];
    const ran = await shell.run([...away, '--json'], { input: 'key_live_x' });
    expect(ran.exit).toBe(3);
    expect(ran.json()).toMatchObject({ status: 503 });
    expect(ran.stderr).toContain('Next: keyturn doctor');
  });
});

describe('usage', () => {
  test('counts what was checked', async () => {
    const created = await shell.json(['key', 'create', '--name', 'counted']);
    const id = textAt(created, 'key', 'id');
    await shell.run(['verify'], { input: textAt(created, 'plaintext') });
    const counted = await shell.json(['usage', '--key', id, '--per', 'day', '--by', 'secret']);
    expect(counted).toMatchObject({
      items: [{ key: id, secret: 1, outcomes: { valid: 1 }, total: 1 }],
      nextCursor: null,
    });
    const spoken = await shell.run(['usage', '--from', '1h']);
    expect(spoken.stdout).toMatch(/^START +KEYSPACE +KEY +SECRET +TOTAL +OUTCOMES\n/);
    const none = await shell.run(['usage', '--owner', 'nobody']);
    expect(none).toMatchObject({ exit: 0, stdout: '' });
    expect(await shell.run(['usage', '--per', 'week'])).toMatchObject({ exit: 2 });
  });
});

describe('events', () => {
  test('are listed with who did what', async () => {
    const created = await shell.json(['key', 'create', '--name', 'told']);
    const spoken = await shell.run(['events', 'list', '--subject', textAt(created, 'key', 'id')]);
    expect(spoken.stdout).toMatch(/key\.created .*command_line/);
    const listed = await shell.json(['events', 'list', '--type', 'key.created', '--limit', '1']);
    expect(listed).toMatchObject({
      items: [{ type: 'key.created', actor: { kind: 'command_line' } }],
    });
  });

  test('verify from the first one, against heads that were kept, and not once they are edited', async () => {
    const known = await shell.run(['events', 'verify', '--json']);
    expect(known.exit).toBe(0);
    writeFileSync(shell.path('known.json'), known.stdout);
    await shell.run(['key', 'create', '--name', 'later']);
    const verify = ['events', 'verify', '--known', 'known.json'];
    expect(await shell.run(verify)).toMatchObject({ exit: 0 });
    writeFileSync(shell.path('other.json'), '{"items":[{"keyspace":1}]}');
    const unreadable = await shell.run(['events', 'verify', '--known', 'other.json']);
    expect(unreadable).toMatchObject({ exit: 2 });

    const database = new DatabaseSync(shell.path('keyturn.db'));
    database.exec(`update events set reason = 'edited' where number = 2
      and keyspace_id = (select id from keyspaces where name = 'default')`);
    database.close();
    const broken = await shell.run(verify);
    expect(broken.exit).toBe(1);
    expect(broken.stdout).toMatch(/default +no: event 2 was edited/);
    expect(broken.stderr).toContain('Next: keyturn events list --keyspace default');
    expect((await shell.run([...verify, '--json'])).json()).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          keyspace: 'default',
          ok: false,
          fault: { kind: 'edited', number: 2 },
        }),
      ]),
    });
  });
});
