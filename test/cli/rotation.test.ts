import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** A rotation of a key that one consumer uses. */
async function rotated(...where: readonly string[]): Promise<string> {
  const made = await shell.json(['key', 'create', '--name', 'used', ...where]);
  const checked = ['verify', '--address', '203.0.113.7', ...where];
  await shell.run(checked, { input: textAt(made, 'plaintext') });
  const answer = await shell.json(['key', 'rotate', textAt(made, 'key', 'id'), ...where]);
  return textAt(answer, 'rotation', 'id');
}

describe('rotation show', () => {
  test('says where it is, the evidence with its figures, who has not moved, and what is possible', async () => {
    const { stdout } = await shell.run(['rotation', 'show', await rotated()]);
    const lines = [
      /^preparing → delivering → \[both live\] → retiring → done {3}waiting$/m,
      /^E1 the new secret is in use +░{12} unmet +0 uses by 0 consumers$/m,
      /^E2 everyone has moved +░{12} unmet \(likely\) +0 of 1 moved$/m,
      /^E3 the old secret is silent +░{12} unmet +silent for \d.* of 1 d$/m,
      /^E4 the record is whole +.* gaps of 0 s in all, 1 min allowed$/m,
      /^E5 every destination has the new secret +█{12} met +0 destinations$/m,
      /^ {2}on the old one +203\.0\.113\.0\/24.*, old one last used 20\d\d-/m,
      /^ {2}keyturn rotation finish rot_/m,
    ];
    for (const line of lines) expect(stdout).toMatch(line);
  });

  test('leaves a space before the figures, however long the state is said', async () => {
    const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
    await keyturn.policies.create({ name: 'brief', evidence: { require: ['E3'] } });
    await keyturn.close();
    const made = await shell.json(['key', 'create', '--name', 'unused', '--policy', 'brief']);
    const answer = await shell.json(['key', 'rotate', textAt(made, 'key', 'id')]);
    const { stdout } = await shell.run(['rotation', 'show', textAt(answer, 'rotation', 'id')]);
    expect(stdout).toMatch(/^E2 .* not applicable, not required 0 of 0 moved$/m);
  });
});

describe('rotation watch', () => {
  test('tells of every change, one document a line with --json, until it is over', async () => {
    const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
    await shell.run([...root, '--out', 'root.key']);
    const { url } = await shell.serve();
    const where = ['--server', url, '--key-file', 'root.key'];
    const id = await rotated(...where);
    const [text, json] = [[], ['--json']].map((more) =>
      shell.start(['rotation', 'watch', id, ...more, ...where]),
    );
    await text?.said(/\[both live\]/);
    await json?.said(/"observe"/);
    // Refused, and then for good.
    for (const _word of [1, 2]) {
      await shell.json(['rotation', 'finish', id, '--yes', ...where]);
    }
    expect(await text?.ended).toBe(0);
    expect(text?.stdout()).toMatch(/\[done\] {3}completed\n[\s\S]*\nreceipt:\n {2}ins_/);
    expect(await json?.ended).toBe(0);
    const told = (json?.stdout() ?? '').trim().split('\n');
    const states = told.map((line) => textAt(JSON.parse(line), 'state'));
    expect(states[0]).toBe('waiting');
    expect(states.at(-1)).toBe('completed');
  });
});

describe('a rotation whose old secret can be brought back', () => {
  test('names who is refused, so that a person can decide', async () => {
    const made = await shell.json(['key', 'create', '--name', 'used']);
    const input = textAt(made, 'plaintext');
    const check = () => shell.run(['verify', '--address', '203.0.113.7'], { input });
    await check();
    const answer = await shell.json(['key', 'rotate', textAt(made, 'key', 'id')]);
    const id = textAt(answer, 'rotation', 'id');
    await shell.json(['rotation', 'finish', id, '--yes']);
    await check();
    const { stdout } = await shell.run(['rotation', 'show', id]);
    expect(stdout).toMatch(/^refused since it was disabled, by 1 straggler and 0 intruders:$/m);
    expect(stdout).toMatch(/^ {2}straggler +203\.0\.113\.0\/24.*, refused 1 time, last 20\d\d-/m);
  });
});

describe('a rotation that is done', () => {
  test('tells when its secret ended, and no deadline or undo that no longer hold', async () => {
    const id = await rotated();
    const show = async () => (await shell.run(['rotation', 'show', id])).stdout;
    expect(await show()).toMatch(/^deadline +20.*, then hold$/m);
    await shell.json(['rotation', 'finish', id, '--yes']);
    expect(await show()).toMatch(/^undo until +20/m);
    expect(await show()).not.toMatch(/^deadline /m);
    await shell.json(['rotation', 'finish', id, '--yes']);
    expect(await show()).toMatch(/^revoked +20/m);
    expect(await show()).not.toMatch(/^(?:deadline|undo until) /m);
    const listed = await shell.run(['rotation', 'list']);
    expect(listed.stdout).not.toMatch(/20\d\d-/);
  });

  test('draws no bar where evidence does not apply', async () => {
    const made = await shell.json(['key', 'create', '--name', 'unused']);
    const answer = await shell.json(['key', 'rotate', textAt(made, 'key', 'id')]);
    const { stdout } = await shell.run(['rotation', 'show', textAt(answer, 'rotation', 'id')]);
    for (const id of ['E1', 'E2']) {
      expect(stdout).toMatch(new RegExp(`^${id} .* ─{12} not applicable `, 'm'));
    }
  });
});

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

describe('events list of a key', () => {
  test('says what became of which secret, and for what reason', async () => {
    const made = await shell.json(['key', 'create', '--name', 'leaked']);
    const id = textAt(made, 'key', 'id');
    await shell.json(['key', 'rotate', id]);
    await shell.json(['key', 'rotate', id, '--compromised', '--reason', 'in a log', '--yes']);
    const { stdout } = await shell.run(['events', 'list', '--subject', id]);
    expect(stdout).toMatch(
      /secret\.activated .* secrets\(1 revoked, 2 revoked, 3 current\) +in a log$/m,
    );
    expect(stdout).toMatch(/secret\.activated .* secrets\(1 retiring, 2 current\) +–$/m);
    const superseded = await shell.run(['events', 'list', '--type', 'rotation.superseded']);
    expect(superseded.stdout).toMatch(/ in a log$/m);
  });
});

describe('key rotate of many', () => {
  test('says with --yes how long the old secrets are accepted still, as their policy says', async () => {
    const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
    await keyturn.policies.create({ name: 'brief', emergency: { overlap: '30m' } });
    await keyturn.close();
    const key = ['key', 'create', '--name', 'a', '--tag', 't', '--policy', 'brief'];
    await shell.run(key);
    const rotate = ['key', 'rotate', '--tag', 't', '--compromised', '--reason', 'leak', '--yes'];
    const ran = await shell.run([...rotate, '--out', 'new.keys']);
    expect(ran).toMatchObject({ exit: 0, stdout: '' });
    expect(ran.stderr).toContain('Ends the current secret of 1 key in 30m, for ever');
  });

  const LEAKED = ['--compromised', '--reason', 'stolen', '--yes'];

  test('of a name that nobody has is refused, and names the like of it', async () => {
    await shell.json(['key', 'create', '--name', 'a', '--owner', 'acme', '--tag', 'prod']);
    for (const more of [[], ['--dry-run']]) {
      const ran = await shell.run(['key', 'rotate', '--owner', 'acmee', ...LEAKED, ...more]);
      expect(ran).toMatchObject({ exit: 1, stdout: '' });
      expect(ran.stderr).toContain('No key of the owner acmee has a secret to end');
      expect(ran.stderr).toContain('Did you mean acme?');
      expect(ran.stderr).toContain('keyturn key list --owner acmee');
    }
    const tagged = await shell.run(['key', 'rotate', '--tag', 'prd', ...LEAKED]);
    expect(tagged).toMatchObject({ exit: 1 });
    expect(tagged.stderr).toContain('Did you mean prod?');
  });

  test('warns, and names the keys, where the own key of who asks is among them', async () => {
    const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
    const made = await shell.json([...root, '--out', 'root.key']);
    const { url } = await shell.serve();
    const where = ['--server', url, '--key-file', 'root.key'];
    const asked = ['key', 'rotate', '--keyspace', 'keyturn', ...LEAKED, '--dry-run', ...where];
    const { stdout } = await shell.run(asked);
    const id = textAt(made, 'key', 'id');
    expect(stdout).toContain(`Your own key is among them, ${id}`);
    expect(stdout).toMatch(new RegExp(`^ {2}${id} \\(root\\), `, 'm'));
  });
});

describe('rotation waive', () => {
  const asked = (id: string, consumer: string, ...more: readonly string[]) =>
    shell.run(['rotation', 'waive', id, '--consumer', consumer, '--reason', 'gone', ...more]);

  test('says whom it hits, and refuses nobody alike when it is only looked at', async () => {
    const id = await rotated();
    const dry = await asked(id, '203*', '--dry-run');
    expect(dry).toMatchObject({ exit: 0 });
    expect(dry.stdout).toMatch(/^Waits no more for 1 consumer of 1: 203\.0\.113\.0\/24.*\.$/m);
    const nobody = await asked(id, 'zzz');
    expect(nobody).toMatchObject({ exit: 2, stdout: '' });
    expect(nobody.stderr).toContain('--consumer: is nobody.');
    expect(await asked(id, 'zzz', '--dry-run')).toEqual({ ...nobody, json: expect.any(Function) });
    const done = await asked(id, '203*');
    expect(done).toMatchObject({ exit: 0 });
    expect(done.stderr).toContain('Waits no more for 1 consumer of 1: 203.0.113.0/24');
  });
});

describe('key rotate of many', () => {
  test('writes the new secrets to a file alone, and rotates nobody twice by one idempotency key', async () => {
    for (const name of ['a', 'b']) await shell.run(['key', 'create', '--name', name, '--tag', 't']);
    const rotate = ['key', 'rotate', '--tag', 't', '--compromised', '--reason', 'leak', '--yes'];
    const once = [...rotate, '--idempotency-key', 'night'];
    const first = await shell.run([...once, '--out', 'new.keys']);
    expect(first).toMatchObject({ exit: 0, stdout: '' });
    const written = readFileSync(shell.path('new.keys'), 'utf8');
    expect(written).toMatch(/^(?:key_\w{26} key_live_\w+\n){2}$/);
    expect(statSync(shell.path('new.keys')).mode & 0o777).toBe(0o600);
    expect(`${first.stdout}${first.stderr}`).not.toContain('key_live_');

    const again = await shell.run(once);
    expect(again).toMatchObject({ exit: 0, stdout: '' });
    expect(again.stderr).toContain('rotated before by this --idempotency-key');
    expect(again.stderr).toMatch(/nobody holds the secret: keyturn key rotate KEY --compromised/);
    const listed = await shell.json(['rotation', 'list']);
    expect(listed).toMatchObject({ items: [{ state: 'completed' }, { state: 'completed' }] });

    expect(first.stderr).toContain('Ends every secret of 2 keys at once, for ever');

    const told = await shell.run([...rotate, '--json', '--out', 'other.keys']);
    expect(told.stdout).not.toContain('key_live_');
    expect(readFileSync(shell.path('other.keys'), 'utf8').match(/key_live_/g)).toHaveLength(2);
    expect(await shell.run([...rotate, '--keep'])).toMatchObject({ exit: 2 });
  });
});
