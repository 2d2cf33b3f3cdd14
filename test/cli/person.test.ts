import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

const PASSWORD = 'correct horse battery';

let shell: Shell;
let url: string;
let server: readonly string[];
beforeAll(async () => {
  shell = new Shell();
  const management = ['--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.json(['key', 'create', ...management, '--out', 'root.key']);
  ({ url } = await shell.serve());
  server = ['--server', url, '--key-file', 'root.key'];
});
afterAll(() => shell.remove());

/** Uses an invitation's link, as its page does. */
async function accept(link: string): Promise<Response> {
  const token = link.trim().split('#')[1];
  const body = JSON.stringify({ token, name: 'Ada', password: PASSWORD });
  const headers = { 'content-type': 'application/json' };
  return fetch(`${url}/v1/invitation`, { method: 'POST', headers, body });
}

describe.each([
  { from: 'a database', where: () => [] },
  { from: 'a server', where: () => server },
])('people, from $from', ({ from, where }) => {
  const email = `${from.replace(' ', '.')}@example.com`;

  test('who is locked out gets in by a link, and is listed, changed and removed', async () => {
    const invite = ['person', 'invite', email, '--name', 'Ada', '--role', 'operator'];
    const made = await shell.run([...invite, ...where()]);
    expect(made).toMatchObject({ exit: 0 });
    expect(made.stdout).toMatch(/^\/admin\/invitation#[\w-]{43}\n$/);
    expect(made.stderr).toContain('put the address of your server in front');
    expect((await accept(made.stdout)).status).toBe(200);

    const again = await shell.json(['person', 'invite', email, ...where()]);
    expect((await accept(textAt(again, 'invitation', 'url'))).status).toBe(200);

    const id = textAt(again, 'person', 'id');
    const listed = await shell.run(['person', 'list', ...where()]);
    expect(listed.stdout).toMatch(/^ID +NAME +EMAIL +ROLE +KEYSPACES +STATE/);
    expect(listed.stdout).toContain(email);
    const bound = ['--role', 'auditor', '--only-keyspace', 'default', '--name', 'Ada L.'];
    const changed = await shell.json(['person', 'update', id, ...bound, ...where()]);
    expect(changed).toMatchObject({ name: 'Ada L.', role: 'auditor', state: 'active' });
    expect(await shell.json(['person', 'show', id, ...where()])).toEqual(changed);

    const open = await shell.json(['person', 'sessions', id, ...where()]);
    expect(open).toMatchObject({ items: [{ person: id, method: 'password' }] });
    const all = await shell.run(['session', 'list', ...where()]);
    expect(all.stdout).toContain(id);
    const session = textAt(open, 'items', 0, 'id');
    const asked = await shell.run(['session', 'end', session, ...where()]);
    expect(asked.exit).toBe(2);
    const ended = await shell.run(['session', 'end', session, '--yes', ...where()]);
    expect(ended).toMatchObject({ exit: 0, stderr: `Ended the session ${session}.\n` });
    expect((await shell.run(['session', 'end', session, '--yes', ...where()])).exit).toBe(1);

    const tried = await shell.run(['person', 'remove', id, '--dry-run', ...where()]);
    expect(tried.stdout).toContain('This was a dry run');
    const removed = await shell.json(['person', 'remove', id, '--yes', ...where()]);
    expect(removed).toEqual({ removed: id });
    const gone = await shell.run(['person', 'show', id, ...where()]);
    expect(gone.exit).toBe(1);
    expect(gone.stderr).toContain('Next: keyturn person list');
  });

  test('says what it needs of somebody new', async () => {
    const named = await shell.run(['person', 'invite', 'nobody@example.com', ...where()]);
    expect(named.exit).toBe(2);
    expect(named.stderr).toContain('--name NAME --role ROLE');
    const role = ['--name', 'x', '--role', 'king'];
    expect((await shell.run(['person', 'invite', 'x@example.com', ...role, ...where()])).exit).toBe(
      2,
    );
  });
});
