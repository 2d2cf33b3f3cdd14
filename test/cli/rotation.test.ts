import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { Shell } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

describe('rotation rollback', () => {
  test('of an emergency says that the leaked secret is accepted on, and asks why', async () => {
    const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
    const { key } = await keyturn.keys.create({ name: 'a' });
    const emergency = { compromised: true, reason: 'in a public repository', overlap: '30m' };
    const answer = await keyturn.keys.rotate(key.id, emergency);
    if (!('rotation' in answer)) throw new Error('There is no rotation.');
    const { id } = answer.rotation;
    await keyturn.close();
    const planned = await shell.run(['rotation', 'rollback', id, '--dry-run']);
    expect(planned.stdout).toContain('Secret 1 was reported as leaked');
    const refused = await shell.run(['rotation', 'rollback', id, '--yes']);
    expect(refused).toMatchObject({ exit: 2, stdout: '' });
    expect(refused.stderr).toContain('--reason: is needed.');
    expect(refused.stderr).toContain('Say why secret 1');
    const done = await shell.run(['rotation', 'rollback', id, '--yes', '--reason', 'a mistake']);
    expect(done).toMatchObject({ exit: 0 });
    const told = await shell.json(['events', 'list', '--subject', id, '--limit', '1']);
    expect(told).toMatchObject({ items: [{ reason: 'a mistake' }] });
  });
});
