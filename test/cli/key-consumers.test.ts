import { afterAll, beforeAll, expect, test } from 'vitest';
import { Shell } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

test('the consumers of a key are shown, or that there are none', async () => {
  const made = await shell.run(['key', 'create', '--name', 'Acme CI', '--json']);
  const { key, plaintext } = JSON.parse(made.stdout);
  const none = await shell.run(['key', 'consumers', key.id]);
  expect(none).toMatchObject({ exit: 0, stdout: '' });
  expect(none.stderr).toContain('Nobody has used it');
  await shell.run(['verify'], { input: plaintext });
  const shown = await shell.run(['key', 'consumers', key.id]);
  expect(shown.stdout).toMatch(/^CONSUMER +LAST USED +CHECKS +SECRETS\n/);
  expect(shown.stdout).toMatch(/ 1 +1 \(1\)$/m);
  expect(await shell.json(['key', 'consumers', key.id])).toMatchObject({
    items: [{ count: 1, secrets: [{ secret: 1, outcome: 'valid' }] }],
    isWhole: true,
  });
});

test('the calendar of a policy is shown', async () => {
  await shell.run(['policy', 'apply', '-', '--yes'], {
    input: 'policy: monthly\nschedule: { every: 90d, mode: after, deliver: notice }\n',
  });
  await shell.run(['key', 'create', '--name', 'Acme CI', '--policy', 'monthly']);
  const shown = await shell.run(['policy', 'calendar', 'monthly', '--to', '100d']);
  expect(shown.stderr).toBe('');
  expect(shown.stdout).toMatch(
    /^1 rotation from .+ Days are of UTC\.\n {2}\d{4}-\d\d-\d\d {2}1: Acme CI\n$/,
  );
});
