import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

const DAMAGED = 'settings are damaged JSON. Say all of them anew with destination update';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
  const destinations = { roots: [shell.folder] };
  writeFileSync(shell.path('keyturn.config.json'), JSON.stringify({ destinations }));
});
afterAll(() => shell.remove());

/** A key of this tag whose secret stands in a file of its own, and the destination. */
async function placed(name: string, tag: string) {
  const made = await shell.json(['key', 'create', '--name', name, '--tag', tag]);
  const [key, plaintext] = [textAt(made, 'key', 'id'), textAt(made, 'plaintext')];
  const file = shell.path(`${name}.env`);
  writeFileSync(file, `API_KEY=${plaintext}\n`);
  const of = ['destination', 'create', '--name', name, '--key', key, '--kind', 'dotenv'];
  const at = ['--set', `path=${file}`, '--set', 'variable=API_KEY'];
  const destination = textAt(await shell.json([...of, ...at]), 'id');
  return { key, plaintext, file, destination };
}

/** Its row is damaged. */
function tear(destination: string): void {
  const database = new DatabaseSync(shell.path('keyturn.db'));
  database.prepare("update destinations set settings = '{' where id = ?").run(destination);
  database.close();
}

function emergency(tag: string, ...more: readonly string[]) {
  const leak = ['key', 'rotate', '--tag', tag, '--compromised', '--reason', 'leak', '--yes'];
  return shell.run([...leak, ...more]);
}

test('a key that an emergency cannot rotate asks a person, and says what comes next', async () => {
  await shell.run(['policy', 'apply', '-'], { input: 'policy: torn\nreference: none\n' });
  const of = ['--tag', 'unhelped', '--policy', 'torn'];
  const key = textAt(await shell.json(['key', 'create', '--name', 'unhelped', ...of]), 'key', 'id');
  const database = new DatabaseSync(shell.path('keyturn.db'));
  database.prepare("update policies set body = '{' where name = 'torn'").run();
  database.close();
  const ran = await emergency('unhelped', '--json');
  expect(ran.exit).toBe(1);
  expect(ran.json()).toMatchObject({
    items: [{ key, rotation: null, state: 'needs_operator', code: 'store_corrupt' }],
  });
  const next = `keyturn key rotate ${key} --compromised --reason REASON`;
  expect(textAt(ran.json(), 'items', 0, 'detail')).toContain(next);
});

describe('an emergency over keys that have destinations', () => {
  test('loses no secret of another key to a destination whose row is damaged', async () => {
    const { key, destination, file } = await placed('damaged', 'torn');
    await shell.json(['key', 'create', '--name', 'plain', '--tag', 'torn']);
    tear(destination);
    const out = shell.path('torn.txt');
    await emergency('torn', '--out', out);
    const [, plaintext = ''] = /^key_\w+ (key_live_\w+)\n$/.exec(readFileSync(out, 'utf8')) ?? [];
    expect((await shell.run(['verify'], { input: plaintext })).exit).toBe(0);
    const open = await shell.json(['rotation', 'list', '--key', key]);
    const rotation = textAt(open, 'items', 0, 'id');
    const shown = await shell.json(['rotation', 'show', rotation]);
    expect(textAt(shown, 'trouble', 'message')).toContain(DAMAGED);
    // What is done for all goes on, and says what is wrong with this one.
    expect((await shell.run(['rotate', '--due'])).stderr).not.toContain('Expected property name');
    expect(textAt(shown, 'state')).toBe('needs_operator');
    const whole = await placed('whole', 'whole');
    const listed = await shell.run(['destination', 'list']);
    expect(listed).toMatchObject({ exit: 0 });
    expect(listed.stdout).toContain(whole.destination);
    expect(listed.stdout).toMatch(new RegExp(`${destination}.*damaged: say all anew`));
    expect(await shell.json(['destination', 'show', destination])).toMatchObject({ damaged: true });
    const tested = await shell.run(['destination', 'test', destination]);
    expect(tested.stderr).toContain(DAMAGED);
    const anew = ['--set', `path=${file}`, '--set', 'variable=API_KEY'];
    await shell.json(['destination', 'update', destination, ...anew]);
    expect(await shell.json(['destination', 'test', destination])).toMatchObject({
      preflight: 'ready',
    });
    expect(await shell.json(['destination', 'show', destination])).not.toHaveProperty('damaged');
    tear(destination);
    expect((await shell.run(['destination', 'delete', destination, '--yes'])).exit).toBe(0);
    expect((await shell.run(['destination', 'list'])).stdout).not.toContain(destination);
  });
});
