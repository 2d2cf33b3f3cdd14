import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Shell } from './command-line.js';

const KEY = `key_live_${'a1B2'.repeat(9)}zz`;

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

describe('a command that was typed wrong', () => {
  test.each([
    { typed: ['kay', 'list'], named: 'Did you mean key?', next: 'keyturn --help' },
    { typed: ['key', 'lst'], named: 'Did you mean list?', next: 'keyturn key --help' },
    {
      typed: ['key', 'create', '--nam', 'x'],
      named: 'Did you mean --name?',
      next: 'keyturn key create --help',
    },
    {
      typed: ['key', 'list', '--state', 'gone'],
      named: 'active, disabled, expired, revoked',
      next: 'keyturn key list --help',
    },
    {
      typed: [
        'key',
        'rotate',
        'key_1',
        '--owner',
        'acme',
        '--compromised',
        '--reason',
        'x',
        '--yes',
      ],
      named: 'Name one key, or many by --owner',
      next: 'keyturn key rotate --help',
    },
    { typed: ['key', 'show'], named: "'id'", next: 'keyturn key show --help' },
    { typed: ['key', 'list', '--limit', 'x'], named: '--limit', next: 'keyturn key list --help' },
    {
      typed: ['key', 'list', '--limit', '900'],
      named: '1 to 200',
      next: 'keyturn key list --help',
    },
  ])('$typed ends with 2 and says what was meant', async ({ typed, named, next }) => {
    const ran = await shell.run([...typed, '--json']);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain(named);
    expect(ran.stderr).toContain(`Next: ${next}\n`);
    expect(ran.json()).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  test('a noun alone shows its verbs', async () => {
    const ran = await shell.run(['key']);
    expect(ran).toMatchObject({ exit: 2, stdout: '' });
    expect(ran.stderr).toContain('revoke');
  });

  test('help is data, and no fault', async () => {
    const ran = await shell.run(['key', 'create', '--help']);
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    for (const option of ['--name', '--server', '--json']) expect(ran.stdout).toContain(option);
  });
});

describe('a key among the arguments', () => {
  test.each([
    { typed: ['verify', KEY] },
    { typed: ['key', 'find', KEY] },
    { typed: ['key', 'create', '--name', 'x', `--metadata={"key":"${KEY}"}`] },
    { typed: [KEY] },
  ])('is refused in case %#, without repeating it', async ({ typed }) => {
    const ran = await shell.run(typed);
    expect(ran).toMatchObject({ exit: 2, stdout: '' });
    expect(ran.stderr).toContain('Next: keyturn verify < FILE');
    expect(ran.stderr).not.toContain(KEY);
  });

  test('of another shape is refused where a key belongs', async () => {
    const ran = await shell.run(['verify', 'sk-foreign']);
    expect(ran).toMatchObject({ exit: 2, stdout: '' });
    expect(ran.stderr).toContain('standard input');
    expect(ran.stderr).not.toContain('sk-foreign');
    const find = await shell.run(['key', 'find', 'sk-foreign', '--secret']);
    expect(find.exit).toBe(2);
    expect(find.stderr).not.toContain('sk-foreign');
  });
});

describe('a search by secret', () => {
  test.each([
    ['--keyspace', 'nope'],
    ['--owner', 'nobody'],
    ['--tag', 't'],
    ['--state', 'revoked'],
    ['--env', 'test'],
    ['--limit', '1'],
    ['--cursor', 'c'],
    ['--all'],
  ])('refuses %s, which chooses among several keys', async (...option) => {
    const made = await shell.run(['key', 'create', '--name', 'sought']);
    const find = await shell.run(['key', 'find', '--secret', ...option], { input: made.stdout });
    expect(find).toMatchObject({ exit: 2, stdout: '' });
    expect(find.stderr).toContain(`leave out ${option[0]}`);
    expect(find.stderr).toContain('Next: keyturn key find --secret < FILE');
  });
});

describe('the configuration', () => {
  beforeEach(() => {
    for (const end of ['json', 'mjs']) rmSync(shell.path(`keyturn.config.${end}`), { force: true });
  });

  test('is read from a flag, else a variable, else the file, else the default', async () => {
    writeFileSync(
      shell.path('keyturn.config.json'),
      '{"port": 1001, "host": "127.0.0.9", "trustedHops": 2}',
    );
    const env = { KEYTURN_PORT: '1002', KEYTURN_HOST: '127.0.0.8' };
    const print = ['config', 'print', '--port', '1003'];
    expect(await shell.json(print, { env })).toMatchObject({
      port: { value: 1003, origin: '--port' },
      host: { value: '127.0.0.8', origin: 'KEYTURN_HOST' },
      trustedHops: { value: 2, origin: 'keyturn.config.json' },
      basePath: { value: '', origin: 'default' },
    });
    const spoken = await shell.run(print, { env });
    expect(spoken.stdout).toMatch(/^SETTING +VALUE +FROM\n/);
    expect(spoken.stdout).toMatch(/host +127\.0\.0\.8 +KEYTURN_HOST/);
  });

  test('may be a module, and a file of another name', async () => {
    writeFileSync(shell.path('keyturn.config.mjs'), 'export default { port: 2001 };');
    expect(await shell.json(['config', 'print'])).toMatchObject({ port: { value: 2001 } });
    writeFileSync(shell.path('other.json'), '{"port": 2002}');
    const env = { KEYTURN_CONFIG: 'other.json' };
    const print = await shell.json(['config', 'print'], { env });
    expect(print).toMatchObject({ port: { value: 2002, origin: 'other.json' } });
    const flagged = await shell.run(['config', 'print', '--config', 'missing.json']);
    expect(flagged.exit).toBe(2);
    expect(flagged.stderr).toContain('missing.json does not exist');
  });

  test('never shows a password', async () => {
    const env = { KEYTURN_DATABASE: 'postgres://app:hunter2@127.0.0.1:1/db?password=hunter2' };
    for (const args of [
      ['config', 'print'],
      ['config', 'print', '--json'],
      ['key', 'list'],
    ]) {
      const ran = await shell.run(args, { env });
      expect(ran.stdout + ran.stderr).not.toContain('hunter2');
    }
    const print = await shell.json(['config', 'print'], { env });
    expect(print).toMatchObject({
      database: { value: 'postgres://app:[redacted]@127.0.0.1:1/db?password=[redacted]' },
    });
    const faulty = await shell.run(['config', 'print'], {
      env: { KEYTURN_DATABASE: 'pg://a:hunter2@h' },
    });
    expect(faulty.exit).toBe(2);
    expect(faulty.stderr).not.toContain('hunter2');
  });

  test('shows all its faults together, each with the nearest name', async () => {
    writeFileSync(shell.path('keyturn.config.json'), '{"prot": 1, "recording": "sometimes"}');
    const env = {
      KEYTURN_PORTT: '1',
      KEYTURN_PORT: '99999',
      KEYTURN_HOST: '',
      KEYTURN_PUBLIC_URL: 'keys.example',
      KEYTURN_FACES: 'verify,admin',
      KEYTURN_TEST_SCALE: '1',
    };
    const ran = await shell.run(['key', 'list', '--trusted-hops', 'x'], { env });
    // The list takes no such flag; the server, whose setting it is, does.
    expect(ran.exit).toBe(2);
    const serve = await shell.run(['serve', '--trusted-hops', 'x', '--json'], { env });
    expect(serve.exit).toBe(2);
    expect(serve.json()).toMatchObject({ code: 'config_invalid' });
    for (const fault of [
      'KEYTURN_PORTT is no setting. Did you mean KEYTURN_PORT?',
      'KEYTURN_PORT "99999" is no whole number',
      'KEYTURN_HOST is empty',
      'KEYTURN_PUBLIC_URL "keys.example" is no address',
      'KEYTURN_FACES "verify,admin" names an unknown face',
      'keyturn.config.json: "prot" is no setting. Did you mean port?',
      'keyturn.config.json: "recording"',
      '--trusted-hops "x"',
    ]) {
      expect(serve.stderr).toContain(fault);
    }
    expect(serve.stderr).not.toContain('KEYTURN_TEST_SCALE');
  });

  test('a file that is no JSON is named by place, and not quoted', async () => {
    writeFileSync(shell.path('keyturn.config.json'), '{"database": "postgres://a:hunter2@h/d",}');
    const ran = await shell.run(['key', 'list']);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toMatch(/keyturn\.config\.json is no valid JSON \(at position \d+\)/);
    expect(ran.stderr).not.toContain('hunter2');
    writeFileSync(shell.path('keyturn.config.mjs'), 'export default {};');
    expect((await shell.run(['key', 'list'])).stderr).toContain('There are 2 configuration files');
  });

  test('an empty KEYTURN_CONFIG names no file, and an empty --config is a mistake', async () => {
    writeFileSync(shell.path('keyturn.config.json'), '{"port": 1001}');
    const print = ['config', 'print'];
    expect(await shell.json(print, { env: { KEYTURN_CONFIG: '' } })).toMatchObject({
      port: { value: 1001 },
    });
    const empty = await shell.run([...print, '--config', '']);
    expect(empty.exit).toBe(2);
    expect(empty.stderr).toContain('--config is empty');
  });

  test('is written by an init that came to its end, so that a failed one can be repeated', async () => {
    const away = ['init', '--write-config', '--database', 'postgres://u@127.0.0.1:1/d'];
    expect(await shell.run(away)).toMatchObject({ exit: 3 });
    expect(existsSync(shell.path('keyturn.config.mjs'))).toBe(false);
    const init = ['init', '--write-config', '--database', './repeated.db'];
    expect(await shell.run(init)).toMatchObject({ exit: 0 });
    expect(existsSync(shell.path('keyturn.config.mjs'))).toBe(true);
    const again = ['init', '--write-config', '--database', './another.db'];
    expect(await shell.run(again)).toMatchObject({ exit: 2 });
    expect(existsSync(shell.path('another.db'))).toBe(false);
  });

  test('a server and a database cannot both be meant', async () => {
    const both = ['--server', 'http://127.0.0.1:1', '--database', './a.db'];
    const ran = await shell.run(['key', 'list', ...both]);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('--server');
    const noKey = await shell.run(['key', 'list', '--server', 'http://127.0.0.1:1']);
    expect(noKey.exit).toBe(2);
    expect(noKey.stderr).toContain('--key-file');
    const memory = await shell.run(['key', 'list', '--database', 'memory:']);
    expect(memory.exit).toBe(2);
    // The one that was named nearer to the command wins.
    const env = { KEYTURN_SERVER: 'http://127.0.0.1:1' };
    const near = await shell.run(['key', 'list', '--database', './near.db'], { env });
    expect(near).toMatchObject({ exit: 0 });
  });
});
