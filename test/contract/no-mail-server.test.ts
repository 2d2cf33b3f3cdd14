import { afterEach, describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import type { NoticeOptions } from '../../src/notice-options.js';
import type { Keyturn } from '../../src/public.js';

const ADDRESSES = { addresses: ['ops@acme.example'] };
const WARNING = expect.stringMatching(/^No mail server is configured: set "notices\.smtp"/);
const FILE = 'policy: filed\nnotify: { channels: [owner-mail] }\n';
const SMTP = { host: 'mail.acme.example', port: 587, from: 'keys@acme.example' };

describe('where mail is asked for', () => {
  let keyturn: Keyturn;
  const start = async (notices: NoticeOptions) => {
    keyturn = await createKeyturn({ database: 'memory:', notices });
    const ops = await keyturn.channels.create({ name: 'ops', kind: 'mail', ...ADDRESSES });
    const chat = { name: 'chat', kind: 'slack', connection: 'ops-chat' } as const;
    return { ops, chat: await keyturn.channels.create(chat) };
  };
  const connections = { 'ops-chat': { kind: 'slack', address: { env: 'SLACK_URL' } } } as const;
  afterEach(() => keyturn.close());

  test('and no mail server is configured, it is made, with a warning', async () => {
    const { ops, chat } = await start({ connections });
    expect(ops.warnings).toEqual([WARNING]);
    expect(chat.warnings).toEqual([]);
    const changed = await keyturn.channels.update('ops', { addresses: ['soc@acme.example'] });
    expect(changed.warnings).toEqual([WARNING]);
    const { policies } = keyturn;
    const silent = await policies.create({ name: 'told', notify: { channels: ['chat'] } });
    expect(silent.warnings).toEqual([]);
    for (const channels of [['chat', 'ops'], ['owner-mail']]) {
      expect((await policies.update('told', { notify: { channels } })).warnings).toEqual([WARNING]);
    }
    const made = await policies.create({ name: 'mailed', notify: { channels: ['ops'] } });
    expect(made.warnings).toEqual([WARNING]);
    expect((await policies.test({ file: FILE })).policies[0]?.warnings).toEqual([WARNING]);
    expect((await policies.apply({ file: FILE })).policies[0]?.warnings).toEqual([WARNING]);
    const unused = 'policy: swept\nexpiry: { unused: 45d }\nnotify: { channels: [owner-mail] }\n';
    expect((await policies.apply({ file: unused })).policies[0]?.warnings).toEqual([
      expect.stringContaining('owner-mail alone'),
      WARNING,
    ]);
  });

  test('and one is, without a warning', async () => {
    const { ops, chat } = await start({ connections, smtp: SMTP });
    expect([ops.warnings, chat.warnings]).toEqual([[], []]);
    const { policies } = keyturn;
    const made = await policies.create({ name: 'told', notify: { channels: ['ops'] } });
    expect(made.warnings).toEqual([]);
    expect((await policies.apply({ file: FILE })).policies[0]?.warnings).toEqual([]);
  });
});
