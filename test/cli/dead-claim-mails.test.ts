import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { HeldClock } from '../setup/held-clock.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { Shell } from './command-line.js';

const DAY_MS = 86_400_000;

let shell: Shell;
let mail: MailServer;
let refusal: { readonly status: number; readonly text: string } | undefined;
beforeEach(async () => {
  shell = new Shell();
  refusal = undefined;
  mail = await startMailServer({ offersTls: false, refuse: () => refusal });
  writeFileSync(shell.path('seal.key'), randomBytes(32).toString('base64'), { mode: 0o600 });
  const smtp = { host: '127.0.0.1', port: mail.port, security: 'none', from: 'keys@acme.example' };
  const config = {
    publicUrl: 'https://keys.example',
    destinations: { sealKey: { file: shell.path('seal.key') } },
    notices: { smtp },
  };
  writeFileSync(shell.path('keyturn.config.json'), JSON.stringify(config));
  await aDueKey();
});
afterEach(async () => {
  await shell.remove();
  await mail.close();
});

/** A customer's key that was made a month ago, and is due since yesterday. */
async function aDueKey(): Promise<void> {
  const clock = new HeldClock();
  clock.setByMs(-31 * DAY_MS);
  const database = `sqlite:${shell.path('keyturn.db')}`;
  const keyturn = await makeKeyturn(
    { database },
    { role: 'tool', ports: { ...systemPorts(), clock } },
  );
  const schedule = { every: '30d', mode: 'after', spread: '0s', deliver: 'claim' } as const;
  const ops = { kind: 'mail', addresses: ['ops@host.example'] } as const;
  await keyturn.owners.create({ id: 'acme', emails: ['dev@acme.example'] });
  await keyturn.channels.create({ name: 'ops', ...ops });
  const notify = { channels: ['owner-mail', 'ops'] };
  await keyturn.policies.create({ name: 'customers', schedule, notify });
  await keyturn.keys.create({ name: 'Acme CI', owner: 'acme', policy: 'customers' });
  await keyturn.rotateDue(); // It is planned.
  await keyturn.close();
}

test('a link that no mail server takes asks a person from that very run on, until it is sent', async () => {
  refusal = { status: 550, text: '5.1.1 no such user' };
  const first = await shell.run(['rotate', '--due']);
  expect(first.exit).toBe(4);
  expect(first.stderr).toContain('keyturn notice list --state dead');
  expect(first.stderr).toContain(
    'A person is needed for 1 key. Next: keyturn rotation list --open',
  );
  const open = await shell.json(['rotation', 'list', '--open']);
  expect(open).toMatchObject({ items: [{ step: 'announce', state: 'needs_operator' }] });
  const again = await shell.run(['rotate', '--due', '--json']);
  expect(again.exit).toBe(4);
  expect(again.json()).toMatchObject({ needsOperator: true, items: [{ what: 'needs_operator' }] });
  refusal = undefined;
  expect((await shell.run(['notice', 'retry', '--all', '--yes'])).exit).toBe(0);
  expect((await shell.run(['rotate', '--due'])).exit).toBe(0);
  const links = mail.mails.filter(({ recipients }) => recipients.includes('dev@acme.example'));
  expect(links).toHaveLength(1);
  expect(links[0]?.parsed.text).toContain('https://keys.example/claim#');
  expect((await shell.run(['rotate', '--due'])).exit).toBe(0);
});

test('a link that a mail server takes later asks nobody', async () => {
  refusal = { status: 451, text: '4.3.0 later' };
  const ran = await shell.run(['rotate', '--due', '--json']);
  expect(ran.exit).toBe(0);
  const notices = { failing: 1, dead: 0 };
  expect(ran.json()).toMatchObject({ needsOperator: false, notices });
});
