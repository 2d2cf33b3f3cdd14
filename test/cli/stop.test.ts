import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { Shell, textAt } from './command-line.js';

const env = { KEYTURN_PUBLIC_URL: 'https://keys.example' };

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

describe('the stop of a self-rotation', () => {
  test('is named by the rotation, ends every secret, and answers a link', async () => {
    const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
    await keyturn.policies.create({ name: 'own', selfRotation: true });
    await keyturn.close();
    const made = await shell.json(['key', 'create', '--name', 'Acme CI', '--policy', 'own']);
    const id = textAt(made, 'key', 'id');
    const again = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
    const plaintext = textAt(made, 'plaintext');
    const { rotation } = await again.rotateSelf({ plaintext, idempotencyKey: 'a' });
    await again.close();
    const shown = await shell.run(['rotation', 'show', rotation.id]);
    expect(shown.stdout).toContain(`not you?    ${rotation.stop}`);

    const stop = ['key', 'rotate', id, '--compromised', '--reason', 'taken', '--deliver', 'claim'];
    const asked = await shell.run(stop, { env });
    expect(asked.exit).toBe(2); // What is for ever is asked about, and nobody is there to answer.
    const ran = await shell.run([...stop, '--yes', '--out', 'link.txt'], { env });
    expect(ran).toMatchObject({ exit: 0, stdout: '' });
    expect(ran.stderr).toContain('Secret 1 and every earlier one are revoked');
    expect(readFileSync(shell.path('link.txt'), 'utf8')).toMatch(
      /^https:\/\/keys\.example\/claim#/,
    );
    expect(await shell.json(['key', 'show', id])).toMatchObject({
      secrets: [{ state: 'revoked' }],
    });
  });

  test('lets no secret live until the link is opened', async () => {
    const id = textAt(await shell.json(['key', 'create', '--name', 'b']), 'key', 'id');
    const stop = ['key', 'rotate', id, '--compromised', '--reason', 'taken', '--deliver', 'claim'];
    const ran = await shell.run([...stop, '--overlap', '30m', '--yes'], { env });
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('it would count from the opening');
  });
});
