import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
let mail: MailServer;
let isRefusing = true;
let server: readonly string[];
beforeAll(async () => {
  const refusal = { status: 550, text: '5.7.1 not today' };
  mail = await startMailServer({
    offersTls: false,
    refuse: () => (isRefusing ? refusal : undefined),
  });
  shell = new Shell();
  const address = { host: '127.0.0.1', port: mail.port, security: 'none' };
  const notices = { smtp: { ...address, from: 'keys@acme.example' } };
  writeFileSync(shell.path('keyturn.config.json'), JSON.stringify({ notices }));
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.run([...root, '--out', 'root.key']);
  const { url } = await shell.serve();
  server = ['--server', url, '--key-file', 'root.key'];
});
afterAll(async () => {
  await shell.remove();
  await mail.close();
});

const run = (...args: string[]) => shell.run([...args, ...server]);

describe('a dead letter', () => {
  test('is seen with its reason, and sent anew', async () => {
    const channel = ['channel', 'create', 'ops', '--kind', 'mail', '--address', 'ops@acme.example'];
    const created = await run(...channel);
    expect(created.stderr).toContain('keyturn channel test');
    const tried = await run('channel', 'test', 'ops');
    expect(tried).toMatchObject({ exit: 1 });
    expect(tried.stdout + tried.stderr).toContain('answered 550 5.7.1');
    writeFileSync(shell.path('policy.yaml'), 'policy: told\nnotify: { channels: [ops] }\n');
    expect(await run('policy', 'apply', 'policy.yaml', '--yes')).toMatchObject({ exit: 0 });
    const key = await shell.json(['key', 'create', '--name', 'ci', '--policy', 'told', ...server]);
    await run('key', 'rotate', textAt(key, 'key', 'id'));
    let id = '';
    await expect
      .poll(
        async () => {
          const { stdout } = await run('notice', 'list', '--state', 'dead');
          [id = ''] = /ntc_\w+/.exec(stdout) ?? [];
          return stdout;
        },
        { timeout: 20_000 },
      )
      .toContain('550 5.7.1');
    const refused = await run('notice', 'retry', '--all', '--keyspace', 'default');
    expect(refused).toMatchObject({ exit: 2 });
    // The command that it says is whole.
    const [, next = ''] = /^Next: keyturn (.*)$/m.exec(refused.stderr) ?? [];
    expect(next).toContain('--keyspace default');
    expect((await shell.run(next.split(' '))).stderr).toContain('1 notice anew');
    const none = ['--all', '--yes', '--keyspace', 'keyturn'];
    expect((await run('notice', 'retry', ...none)).stderr).toContain('0 notices');
    isRefusing = false;
    const again = await run('notice', 'retry', '--all', '--yes', '--keyspace', 'default');
    expect(again).toMatchObject({ exit: 0, stderr: 'Sent anew: 1 notice.\n' });
    await expect.poll(() => mail.mails.length, { timeout: 20_000 }).toBe(1);
    const listed = await run('notice', 'list', '--state', 'dead');
    expect(listed.stdout).not.toContain(id);
    expect(await run('channel', 'test', 'ops')).toMatchObject({ exit: 0 });
    expect(await run('channel', 'list', '--keyspace', 'default')).toMatchObject({ exit: 0 });
    expect(await run('channel', 'delete', 'ops', '--yes')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('"told"'),
    });
  });
});
