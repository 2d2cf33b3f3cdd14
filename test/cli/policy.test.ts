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
    expect(listed.stdout).toMatch(/careful +default +30d, then hold/);
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
});
