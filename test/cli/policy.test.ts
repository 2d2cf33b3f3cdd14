import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { Shell } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

describe('policy', () => {
  test('is listed, shown, and named by keys', async () => {
    const none = await shell.run(['policy', 'list']);
    expect(none).toMatchObject({ exit: 0, stdout: '' });
    expect(none.stderr).toContain('built-in');
    const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
    const brownouts = { after: '3d', for: '5m', share: [10, 100] };
    await keyturn.policies.create({ name: 'yearly', overlap: { hard: '14d' }, brownouts });
    await keyturn.policies.create({ name: 'careful', approval: { approvers: 2 } });
    await keyturn.close();
    const listed = await shell.run(['policy', 'list', '--limit', '1']);
    expect(listed.stdout).toMatch(/careful +default +on demand +30d, then hold/);
    expect(listed.stderr).toContain('--cursor careful');
    const rest = await shell.json(['policy', 'list', '--cursor', 'careful']);
    expect(rest).toMatchObject({ items: [{ name: 'yearly' }], nextCursor: null });
    const shown = await shell.run(['policy', 'show', 'yearly']);
    expect(shown.stdout).toContain('5m each day from 3d on: 10 %, 100 %');
    expect(await shell.json(['policy', 'show', 'yearly'])).toMatchObject({
      overlap: { hard: '14d' },
    });
    const unknown = await shell.run(['policy', 'show', 'monthly']);
    expect(unknown.exit).toBe(1);
    expect(unknown.stderr).toContain('Next: keyturn policy list');

    const { key } = Object(
      await shell.json(['key', 'create', '--name', 'a', '--policy', 'yearly']),
    );
    expect(key.policy).toBe('yearly');
    for (const call of [
      ['key', 'update', key.id],
      ['key', 'create', '--name', 'b', '--keyspace', 'default'],
    ]) {
      const misspelt = await shell.run([...call, '--policy', 'yaerly']);
      expect(misspelt).toMatchObject({ exit: 2, stdout: '' });
      expect(misspelt.stderr).toContain('Did you mean "yearly"?');
      expect(misspelt.stderr).toContain('Next: keyturn policy list');
    }
    const byPolicy = await shell.run(['key', 'list', '--policy', 'yearly']);
    expect(byPolicy.stdout).toContain(key.id);
    const used = await shell.run(['policy', 'show', 'yearly']);
    const list = 'keyturn key list --policy yearly --keyspace default';
    expect(used.stdout).toMatch(new RegExp(`keys +1 name it: .*${list}`));
    expect((await shell.run(['policy', 'show', 'careful'])).stdout).toMatch(/keys +0 name it$/m);
    expect((await shell.run(['key', 'show', key.id])).stdout).toMatch(/policy +yearly/);
    expect(await shell.json(['key', 'update', key.id, '--no-policy'])).toMatchObject({
      policy: null,
    });
  });

  test('is deleted once no key names it, and says before which do', async () => {
    const file = 'policy: leaving\n---\npolicy: default\n';
    await shell.run(['policy', 'apply', '-'], { input: file });
    const made = await shell.json(['key', 'create', '--name', 'user', '--policy', 'leaving']);
    const { id } = Object(Object(made).key);
    const silent = await shell.run(['policy', 'delete', 'leaving']);
    expect(silent).toMatchObject({ exit: 2, stdout: '' });
    expect(silent.stderr).toContain('Next: keyturn policy delete leaving');
    const dry = await shell.run(['policy', 'delete', 'leaving', '--dry-run']);
    expect(dry).toMatchObject({ exit: 1, stdout: '' });
    expect(dry.stderr).toContain(`In keyspace default 1 key names the policy leaving: ${id} user`);
    expect(dry.stderr).toContain('It would be refused');
    const foretold = await shell.run(['policy', 'delete', 'leaving', '--dry-run', '--json']);
    expect(foretold.json()).toEqual({
      deleted: null,
      keyspace: 'default',
      keyCount: 1,
      keys: [id],
    });
    const refused = await shell.run(['policy', 'delete', 'leaving', '--yes']);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain('1 key names this policy');
    expect(await shell.json(['policy', 'show', 'leaving'])).toMatchObject({ keyCount: 1 });

    await shell.run(['key', 'update', id, '--no-policy']);
    const free = await shell.run(['policy', 'delete', 'leaving', '--dry-run']);
    expect(free.exit).toBe(0);
    expect(free.stderr).toContain('Would delete the policy leaving of keyspace default.');
    const gone = await shell.json(['policy', 'delete', 'leaving', '--yes']);
    expect(gone).toEqual({ deleted: 'leaving' });
    expect((await shell.run(['policy', 'show', 'leaving'])).exit).toBe(1);
    const builtIn = await shell.run(['policy', 'delete', 'default', '--yes']);
    expect(builtIn).toMatchObject({ exit: 0, stdout: '' });
    expect(builtIn.stderr).toContain('Deleted the policy default of keyspace default.');
    const unknown = await shell.run(['policy', 'delete', 'leaving', '--yes']);
    expect(unknown.exit).toBe(1);
    expect(unknown.stderr).toContain('Next: keyturn policy list');
  });
});
