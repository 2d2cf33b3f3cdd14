import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

const FILE = 'policy: quarterly\npreset: quarterly\nreference: audited\n';

describe('a policy file', () => {
  test('is tested, shown as a diff, applied, and applied again', async () => {
    const file = shell.path('policy.yaml');
    writeFileSync(file, FILE);
    const tested = await shell.run(['policy', 'test', file]);
    expect(tested.exit).toBe(0);
    expect(tested.stdout.trim().split('\n')).toHaveLength(11);
    expect(tested.stdout).toMatch(/made now +every 90d; spread: .*; begins 30d before it is due/);
    expect(tested.stderr).toContain('+ schedule.every: 90d');
    expect(tested.stderr).toContain(`Next: keyturn policy apply ${file} --dry-run`);
    const dry = await shell.run(['policy', 'apply', file, '--dry-run']);
    expect(dry).toMatchObject({ exit: 0, stdout: '' });
    expect(dry.stderr).toContain('quarterly (default): created; 0 keys follow it.');
    expect(dry.stderr).toContain('- overlap.hard: 30d\n+ overlap.hard: 21d');
    expect((await shell.run(['policy', 'show', 'quarterly'])).exit).toBe(1);
    expect(await shell.run(['policy', 'apply', file])).toMatchObject({
      exit: 0,
      stdout: 'quarterly created\n',
    });
    const shown = await shell.run(['policy', 'show', 'quarterly']);
    expect(shown.stdout).toMatch(
      /schedule +every 90d; begins 30d before it is due; spread over 14d/,
    );
    expect(shown.stdout).toMatch(/reference +audited/);
    const again = await shell.json(['policy', 'apply', file]);
    expect(again).toMatchObject({ dryRun: false, policies: [{ action: 'unchanged' }] });
  });

  test('and a channel say where mail is asked for and no mail server is configured', async () => {
    const missing = 'Warning: No mail server is configured: set "notices.smtp"';
    const address = ['--kind', 'mail', '--address', 'ops@acme.example'];
    const made = await shell.run(['channel', 'create', 'mailed', ...address]);
    expect(made).toMatchObject({ exit: 0, stderr: expect.stringContaining(missing) });
    const input = 'policy: mailed\nnotify: { channels: [mailed] }\n';
    const applied = await shell.run(['policy', 'apply', '-'], { input });
    expect(applied).toMatchObject({ exit: 0, stderr: expect.stringContaining(missing) });
  });

  test('of the preset regulatory says what evidence it keeps, and what is left to do', async () => {
    const input = 'policy: audited\npreset: regulatory\n';
    for (const verb of ['test', 'apply']) {
      const { exit, stderr } = await shell.run(['policy', verb, '-'], { input });
      expect(exit).toBe(0);
      expect(stderr).toContain('Warning: It has no reference: say in "reference"');
      expect(stderr).toContain('Warning: Six years of evidence are yours to keep');
    }
    const named = `${input}reference: "PCI DSS 8.6.3"\n`;
    const { stderr } = await shell.run(['policy', 'apply', '-'], { input: named });
    expect(stderr).not.toContain('It has no reference');
    expect(stderr).toContain('Delete no key for six years');
    const quarterly = await shell.run(['policy', 'test', '-'], { input: FILE });
    expect(quarterly.stderr).not.toContain('Six years');
  });

  test('comes by standard input, and says where it is wrong', async () => {
    const wrong = FILE.replace('preset: quarterly', 'preset: quartely');
    const refused = await shell.run(['policy', 'apply', '-'], { input: wrong });
    expect(refused).toMatchObject({ exit: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^.*[^/]preset: in line 2, column 1,/);
    const short = 'policy: short\noverlap:\n  hard: none\n';
    const field = await shell.run(['policy', 'apply', '-'], { input: short });
    expect(field.stderr).toContain('overlap.hard: in line 3, column');
    expect(field.stderr).not.toContain('--overlap');
    const missing = await shell.run(['policy', 'test', shell.path('none.yaml')]);
    expect(missing.exit).toBe(2);
    expect(missing.stderr).toContain('cannot be read');
  });

  test('says what its probe would do, and shows it', async () => {
    const file = shell.path('tried.yaml');
    const url = 'https://api.example.com/health';
    const expected = '{ status: [200], body: ok, json: { pointer: /up, equals: true } }';
    writeFileSync(
      file,
      `policy: tried\nprobe: { http: { url: "${url}?a=1", scheme: Bearer, expect: ${expected} } }\n`,
    );
    const tested = await shell.run(['policy', 'test', file]);
    expect(tested.stderr).toContain('+ probe.http.expect.json.pointer: /up\n');
    expect(tested.stderr).toMatch(
      /Its probe: GET https:\/\/api\.example\.com\/health, cannot be run: .*"probes\.hosts"/,
    );
    await shell.run(['policy', 'apply', file]);
    expect((await shell.run(['policy', 'show', 'tried'])).stdout).toContain(
      `GET ${url}?a=1; the secret in Authorization: Bearer; expects 200; a body with "ok"; /up is true; within 5s\n`,
    );
  });

  test('says which keys feel it, and until when they have time', async () => {
    await shell.run(['policy', 'apply', '-'], { input: 'policy: felt' });
    await shell.run(['key', 'create', '--name', 'felt', '--policy', 'felt']);
    const applied = await shell.run(['policy', 'apply', '-'], {
      input: 'policy: felt\npreset: ci',
    });
    expect(applied).toMatchObject({ exit: 0, stdout: 'felt changed\n' });
    expect(applied.stderr).toMatch(/felt \(default\): changed; 1 key follows it\.\n/);
    expect(applied.stderr).toMatch(/No rotation begins by this schedule before 20\d\d-/);
  });
});
