import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { programOrSkip } from '../setup/programs.js';
import { Shell } from './command-line.js';

const run = promisify(execFile);

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

async function printed(what: string, ...more: readonly string[]): Promise<string> {
  const { exit, stdout } = await shell.run(['schedule', 'print', '--for', what, ...more]);
  expect(exit).toBe(0);
  return stdout;
}

test('every file calls rotate --due, in the rhythm that was asked for', async () => {
  const rhythms = {
    cron: '*/15 * * * *',
    systemd: 'OnCalendar=*:0/15',
    kubernetes: 'schedule: "*/15 * * * *"',
    'github-actions': 'cron: "*/15 * * * *"',
    'gitlab-ci': '"*/15 * * * *"',
    eventbridge: 'rate(15 minutes)',
    'cloud-scheduler': '--schedule "*/15 * * * *"',
  };
  for (const [what, said] of Object.entries(rhythms)) {
    const text = await printed(what, '--every', '15m');
    expect(text).toContain(said);
    expect(text).toMatch(/rotate[\s\S]{1,8}--due/);
  }
});

test('every file says who hears of exit code 4, and has its secrets from elsewhere', async () => {
  const heard = {
    cron: /^MAILTO=/m,
    systemd: /^OnFailure=keyturn-rotate-due-failed\.service$/m,
    kubernetes: /kube_job_status_failed\{/,
    'github-actions': /GitHub mails/,
    'gitlab-ci': /GitLab mails/,
    eventbridge: /^aws events put-rule /m,
    'cloud-scheduler': /gcloud monitoring policies create /,
  };
  for (const [what, how] of Object.entries(heard)) {
    const text = await printed(what);
    expect(text).toMatch(how);
    expect(text).toMatch(/Where a person is needed \(4\)|A person is needed \(4\)/);
    expect(text).toContain('KEYTURN_DATABASE');
    expect(text).toMatch(/seal(?:[-_ ]|\n# )?key/i);
    expect(text).toContain('keyturn.config.json');
    expect(text).not.toMatch(/allow_failure|continue-on-error|SuccessExitStatus|\|\| true/);
  }
});

test('a rhythm that no such line can say is refused, with those that can be', async () => {
  for (const every of ['7m', '5h', '1m', '2d', 'often']) {
    const ran = await shell.run(['schedule', 'print', '--for', 'cron', '--every', every]);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('5m, 10m');
  }
});

test('the line of cron is one line, and cron ends it nowhere else', async () => {
  const lines = (await printed('cron')).trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  const [, command = ''] = /^17 \* \* \* \* keyturn (.+)$/.exec(last) ?? [];
  expect(command).toContain('keyturn rotate --due');
  expect(command).not.toContain('%'); // It would end the line there.
});

test('systemd reads every rhythm that there is', async (ctx) => {
  programOrSkip(ctx, 'systemd-analyze', 'systemd');
  const units = await Promise.all(
    ['5m', '30m', '1h', '8h', '1d'].map((every) => printed('systemd', '--every', every)),
  );
  const calendars = units.map((text) => /^OnCalendar=(.+)$/m.exec(text)?.[1] ?? '');
  const { stdout } = await run('systemd-analyze', ['calendar', ...calendars]);
  expect(stdout.match(/^ *Original form: .+$|^Normalized form: .+$/gm)?.length).toBeGreaterThan(4);
});
