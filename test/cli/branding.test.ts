import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

/** One pixel, as far as its header says. */
const PNG = Buffer.from(
  `89504e470d0a1a0a0000000d49484452${'00000001'.repeat(2)}080600000000000000`,
  'hex',
);

describe('a keyspace', () => {
  test('shows itself by a name and a logo', async () => {
    writeFileSync(shell.path('logo.png'), PNG);
    writeFileSync(shell.path('logo.svg'), '<svg/>');
    const replyTo = 'support@acme.example';
    const shown = ['--display-name', 'Acme Maps', '--logo', 'logo.png', '--reply-to', replyTo];
    const made = await shell.json(['keyspace', 'create', 'maps', '--prefix', 'maps', ...shown]);
    const logo = { mediaType: 'image/png', sizeBytes: 33 };
    expect(made).toMatchObject({ branding: { name: 'Acme Maps', logo, replyTo } });
    const text = (await shell.run(['keyspace', 'show', 'maps'])).stdout;
    expect(text).toMatch(/^display name +Acme Maps$/m);
    expect(text).toMatch(/^reply to +support@acme\.example$/m);
    expect(text).toMatch(/^logo +image\/png, 33 bytes$/m);
    for (const [given, told] of [
      [['--logo', 'logo.svg'], '--logo: is no PNG, JPEG or WebP'],
      [['--logo', 'nowhere.png'], '--logo: nowhere.png cannot be read'],
      [['--reply-to', 'Acme <a@b.example>'], '--reply-to: is no mail address'],
      [['--display-name', ''], '--display-name: is empty'],
    ] as const) {
      const ran = await shell.run(['keyspace', 'update', 'maps', ...given]);
      expect(ran.exit).toBe(2);
      expect(ran.stderr).toContain(told);
    }
    const none = ['--no-logo', '--no-display-name', '--no-reply-to'];
    const bare = await shell.json(['keyspace', 'update', 'maps', ...none]);
    expect(bare).toMatchObject({ branding: { name: null, logo: null, replyTo: null } });
  });
});
