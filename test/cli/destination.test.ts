import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
let key: string;
let plaintext: string;
let env: string;
beforeAll(async () => {
  shell = new Shell();
  env = shell.path('.env');
  const destinations = {
    roots: [shell.folder],
    commands: { app: { reload: ['/bin/true'] }, broken: { reload: ['/bin/false'] } },
  };
  writeFileSync(shell.path('keyturn.config.json'), JSON.stringify({ destinations }));
  const made = await shell.json(['key', 'create', '--name', 'app']);
  key = textAt(made, 'key', 'id');
  plaintext = textAt(made, 'plaintext');
  writeFileSync(env, `# Ours.\nAPI_KEY="${plaintext}"\n`);
});
afterAll(() => shell.remove());

function create(name: string, ...more: readonly string[]): readonly string[] {
  return ['destination', 'create', '--name', name, '--key', key, '--kind', 'dotenv', ...more];
}

describe('destination', () => {
  test('is made, tested, shown, listed, changed and deleted', async () => {
    expect((await shell.run(['destination', 'list'])).stderr).toContain('destination create');
    const made = await shell.run(
      create('prod', '--set', `path=${env}`, '--set', 'variable=API_KEY'),
    );
    expect(made).toMatchObject({ exit: 0 });
    const [id = ''] = /dst_\w+/.exec(made.stdout) ?? [];
    expect(made.stderr).toContain(`Next: keyturn destination test ${id}`);
    const tested = await shell.run(['destination', 'test', id]);
    expect(tested.exit).toBe(0);
    expect(tested.stdout).toMatch(/preflight +ready\nholds +secret 1 of the key/);
    expect(tested.stdout + tested.stderr).not.toContain(plaintext);
    expect(readFileSync(env, 'utf8')).toBe(`# Ours.\nAPI_KEY="${plaintext}"\n`);
    expect((await shell.run(['destination', 'show', id])).stdout).toMatch(/settings +path=/);
    expect((await shell.run(['destination', 'list', '--key', key])).stdout).toContain('dotenv');

    writeFileSync(shell.path('place.json'), JSON.stringify({ path: env, variable: 'OTHER' }));
    const update = ['destination', 'update', id, '--settings', 'place.json', '--set', 'reload=app'];
    expect(await shell.json([...update, '--position', '7'])).toMatchObject({
      settings: { path: env, variable: 'OTHER', reload: 'app' },
      position: 7,
      version: 2,
    });
    const stale = await shell.run([...update, '--name', 'x', '--if-match', '1']);
    expect(stale.exit).toBe(1);
    expect(stale.stderr).toContain(`Next: keyturn destination show ${id}`);
    expect(await shell.json(['destination', 'test', id])).toMatchObject({ holds: 'nothing' });

    const asked = await shell.run(['destination', 'delete', id]);
    expect(asked.exit).toBe(2);
    expect(asked.stderr).toContain('--dry-run');
    const dry = await shell.run(['destination', 'delete', id, '--dry-run']);
    expect(dry.stdout).toContain('nothing was changed');
    expect((await shell.run(['destination', 'delete', id, '--yes'])).exit).toBe(0);
    const gone = await shell.run(['destination', 'show', id]);
    expect(gone.exit).toBe(1);
    expect(gone.stderr).toContain('Next: keyturn destination list');
  });

  test('is refused with the line to add, or the option to mend', async () => {
    const outside = await shell.run(create('x', '--set', 'path=/etc/a', '--set', 'variable=A'));
    expect(outside.exit).toBe(2);
    expect(outside.stderr).toMatch(/--set: \/etc\/a .*"destinations.roots"/);
    const misspelt = await shell.run(create('x', '--set', `path=${env}`, '--set', 'varable=A'));
    expect(misspelt.exit).toBe(2);
    expect(misspelt.stderr).toContain('--set varable: is not a setting of a dotenv file.');
    expect((await shell.run(create('x', '--set', 'path'))).stderr).toContain('a name and a value');
    writeFileSync(shell.path('bad.json'), `{"path": ${plaintext}`);
    const unread = await shell.run(create('x', '--settings', 'bad.json'));
    expect(unread.exit).toBe(2);
    expect(unread.stderr).not.toContain(plaintext);
    const keyless = ['destination', 'create', '--name', 'x', '--kind', 'dotenv', '--key', 'key_0'];
    expect((await shell.run(keyless)).stderr).toContain('Next: keyturn key list');
    expect((await shell.run(['destination', 'update', 'dst_0'])).exit).toBe(2);
  });

  test('is told at once where an open rotation had begun before it, and stands in that', async () => {
    const file = (name: string) => ['--set', `path=${shell.path(name)}`, '--set', 'variable=KEY'];
    const other = await shell.json(['key', 'create', '--name', 'moving']);
    const [id, secret] = [textAt(other, 'key', 'id'), textAt(other, 'plaintext')];
    for (const name of ['first.env', 'late.env']) {
      writeFileSync(shell.path(name), `KEY=${secret}\n`);
    }
    const add = (name: string) =>
      ['destination', 'create', '--name', name, '--key', id, '--kind', 'dotenv'].concat(
        file(`${name}.env`),
      );
    expect(await shell.json(add('first'))).toMatchObject({ missedBy: null });
    const rotation = textAt(await shell.json(['key', 'rotate', id]), 'rotation', 'id');
    expect(readFileSync(shell.path('first.env'), 'utf8')).not.toContain(secret);

    const late = await shell.run(add('late'));
    expect(late.exit).toBe(0);
    expect(late.stderr).toContain(
      `Rotation ${rotation} had begun before, and delivers nothing here`,
    );
    expect(late.stderr).toContain(`keyturn rotation show ${rotation}`);
    const shown = await shell.run(['rotation', 'show', rotation]);
    expect(shown.stdout).toMatch(/^ +first +delivered, /m);
    expect(shown.stdout).toMatch(/^ +late +missed, dotenv$/m);
    expect(readFileSync(shell.path('late.env'), 'utf8')).toContain(secret);
  });

  test('takes the place of one that is gone from an open rotation, which says so', async () => {
    const made = await shell.json(['key', 'create', '--name', 'replaced']);
    const id = textAt(made, 'key', 'id');
    writeFileSync(shell.path('gone.env'), `KEY=${textAt(made, 'plaintext')}\n`);
    const add = ['destination', 'create', '--name', 'one', '--key', id, '--kind', 'dotenv'].concat([
      '--set',
      `path=${shell.path('gone.env')}`,
      '--set',
      'variable=KEY',
    ]);
    const first = textAt(await shell.json([...add, '--set', 'reload=broken']), 'id');
    const rotation = textAt(await shell.json(['key', 'rotate', id]), 'rotation', 'id');
    await shell.run(['destination', 'delete', first, '--yes']);
    const second = await shell.run(add);
    expect(second.stderr).not.toContain('delivers nothing here');
    expect(second.stderr).toContain(`this delivers here too: keyturn rotation retry ${rotation}`);
    const shown = await shell.run(['rotation', 'show', rotation]);
    expect(shown.stdout).toMatch(/^ +one +writing, .*; .+ Again at /m);
    expect(shown.stdout).toMatch(/^ +one +added, dotenv$/m);
  });

  test('is told where it cannot be written, and the exit code says so', async () => {
    const missing = shell.path('missing.env');
    const made = create('lost', '--set', `path=${missing}`, '--set', 'variable=API_KEY');
    const id = textAt(await shell.json(made), 'id');
    const tested = await shell.run(['destination', 'test', id]);
    expect(tested.exit).toBe(1);
    expect(tested.stdout).toContain('target_missing');
  });

  test('is the same from a server, within the server’s configuration', async () => {
    const root = await shell.json([
      ...['key', 'create', '--name', 'root', '--keyspace', 'keyturn', '--scope', '*'],
    ]);
    writeFileSync(shell.path('root'), textAt(root, 'plaintext'), { mode: 0o600 });
    const server = await shell.serve();
    // The caller's own configuration allows nothing there.
    writeFileSync(shell.path('other.json'), '{}');
    const there = ['--server', server.url, '--key-file', 'root', '--config', 'other.json'];
    const made = create('far', '--set', `path=${env}`, '--set', 'variable=API_KEY', ...there);
    const id = textAt(await shell.json(made), 'id');
    expect(await shell.json(['destination', 'test', id, ...there])).toEqual({
      place: `${env}, variable API_KEY`,
      preflight: 'ready',
      holds: { secret: 1 },
    });
    const renamed = ['destination', 'update', id, '--name', 'further', ...there];
    expect(await shell.json(renamed)).toMatchObject({ name: 'further' });
    expect(await shell.json(['destination', 'list', '--all', ...there])).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ id, name: 'further' })]),
    });
    expect((await shell.run(['destination', 'delete', id, '--yes', ...there])).exit).toBe(0);
    const refused = create('out', '--set', 'path=/etc/a', '--set', 'variable=A', ...there);
    expect((await shell.run(refused)).stderr).toContain('"destinations.roots"');
    await server.stop();
  });
});

describe('what destinations may reach', () => {
  test('stands in the file alone, and every fault in it is told', async () => {
    const faulty = { roots: ['srv'], hosts: ['a'], commands: { a: {} }, connection: {} };
    writeFileSync(shell.path('faulty.json'), JSON.stringify({ destinations: faulty, prot: 1 }));
    const ran = await shell.run(['config', 'print', '--config', 'faulty.json']);
    expect(ran.exit).toBe(2);
    for (const told of ['/roots/0', '/hosts/0', '/commands/a', '"connections"', '"prot"']) {
      expect(ran.stderr).toContain(told);
    }
    const env = { KEYTURN_DESTINATIONS: '{}' };
    const byVariable = await shell.run(['config', 'print'], { env });
    expect(byVariable.stderr).toContain('KEYTURN_DESTINATIONS is no setting.');
  });

  test('is shown without what might be a credential', async () => {
    const commands = { a: { write: ['/bin/cat'], env: { TOKEN: 'hidden-value' } } };
    const token = { env: 'VAULT_TOKEN' };
    const url = 'https://user:hidden-value@vault.internal:8200';
    const connections = { vault: { kind: 'vault', url, token } };
    const destinations = { commands, connections };
    writeFileSync(shell.path('shown.json'), JSON.stringify({ destinations }));
    const ran = await shell.run(['config', 'print', '--config', 'shown.json']);
    expect(ran.stdout).toContain('VAULT_TOKEN');
    expect(ran.stdout + ran.stderr).not.toContain('hidden-value');
  });

  test('gets the new secret of an emergency over many keys, which is written nowhere else', async () => {
    const file = shell.path('leaked.env');
    const made = await shell.json(['key', 'create', '--name', 'held', '--tag', 'leaked']);
    writeFileSync(file, `API_KEY=${textAt(made, 'plaintext')}\n`);
    await shell.json(['key', 'create', '--name', 'free', '--tag', 'leaked']);
    const id = textAt(made, 'key', 'id');
    const at = ['--set', `path=${file}`, '--set', 'variable=API_KEY'];
    const one = ['destination', 'create', '--name', 'held', '--key', id, '--kind', 'dotenv'];
    await shell.json([...one, ...at]);
    const leak = ['key', 'rotate', '--tag', 'leaked', '--compromised', '--reason', 'leak'];
    const claimed = await shell.run([...leak, '--yes', '--deliver', 'destinations']);
    expect(claimed).toMatchObject({ exit: 2 });
    expect(claimed.stderr).toContain('leave --deliver out');
    const dry = await shell.run([...leak, '--dry-run']);
    expect(dry.stdout).toContain('of 1 of them goes to its destinations');
    const out = shell.path('leaked.txt');
    const ran = await shell.run([...leak, '--yes', '--out', out]);
    expect(ran.exit).toBe(0);
    expect(ran.stderr).toContain(`${id} (held): the new secret goes to its destinations, rot_`);
    expect(ran.stderr).toContain('keyturn rotation list --open');
    expect(readFileSync(out, 'utf8')).toMatch(/^key_\w+ key_live_\w+\n$/);
    const [, held = ''] = /^API_KEY=(.*)\n$/.exec(readFileSync(file, 'utf8')) ?? [];
    expect(held).not.toBe(textAt(made, 'plaintext'));
    expect((await shell.run(['verify'], { input: held })).exit).toBe(0);
  });

  test('ends with 4 where a place of an emergency over many keys needs a person', async () => {
    const file = shell.path('stuck.env');
    const made = await shell.json(['key', 'create', '--name', 'stuck', '--tag', 'stuck']);
    writeFileSync(file, `API_KEY=${textAt(made, 'plaintext')}\n`);
    const id = textAt(made, 'key', 'id');
    const at = ['--set', `path=${file}`, '--set', 'variable=API_KEY'];
    await shell.json([
      'destination',
      'create',
      '--name',
      'stuck',
      '--key',
      id,
      '--kind',
      'dotenv',
      ...at,
    ]);
    writeFileSync(file, 'API_KEY=of-somebody-else\n');
    const leak = ['key', 'rotate', '--tag', 'stuck', '--compromised', '--reason', 'leak', '--yes'];
    const ran = await shell.run([...leak, '--json']);
    expect(ran.exit).toBe(4);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      items: [{ key: id, deliver: 'destinations', state: 'needs_operator' }],
    });
    expect(ran.stderr).toContain('Waiting for a person: 1 rotation.');
    expect((await shell.run(leak)).stderr).toMatch(/\(stuck\): .* rot_\w+, which needs a person/);
  });
});
