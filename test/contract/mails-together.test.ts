import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newInstanceId } from '../../src/keys/id.js';
import type { Mail } from '../../src/notify/mail-body.js';
import { sendDue } from '../../src/notify/sender.js';
import { systemPorts } from '../../src/ports.js';
import { dataKinds } from '../setup/data.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { PUBLIC_URL, startTelling, type Telling } from '../setup/telling.js';

const LINK = new RegExp(`${PUBLIC_URL}/claim#([A-Za-z0-9_-]{43})`, 'g');
const KEYS = ['one', 'two', 'three', 'four', 'five', 'six'];
const OWNERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

describe.each(dataKinds)('what an owner is told of several keys on $name', ({ create }) => {
  let mail: MailServer;
  let telling: Telling;
  let refusals: number;
  beforeEach(async () => {
    refusals = 0;
    const refuse = () => {
      refusals -= 1;
      return refusals >= 0 ? { status: 451, text: '4.3.2 come back later' } : undefined;
    };
    mail = await startMailServer({ offersTls: false, refuse });
  });
  afterEach(async () => {
    await telling.fleet.close();
    await mail.close();
  });

  const keyturn = () => telling.fleet.at(0).keyturn;
  const tokensOf = (one: number) =>
    [...(mail.mails[one]?.parsed.text ?? '').matchAll(LINK)].map(([, token = '']) => token);

  test('is one mail for each stage, also where the first try of it fails', async () => {
    telling = await startTelling({ create, mail });
    await keyturn().owners.create({ id: 'acme', emails: ['dev@acme.example'] });
    await keyturn().policies.create({ name: 'told', notify: { channels: ['owner-mail'] } });
    refusals = 1;
    for (const name of KEYS) {
      const { key } = await keyturn().keys.create({ name, owner: 'acme', policy: 'told' });
      await keyturn().keys.rotate(key.id, { deliver: 'claim' });
    }
    await telling.passSeconds(90);
    expect(mail.mails).toHaveLength(1);
    const tokens = tokensOf(0);
    expect(new Set(tokens).size).toBe(KEYS.length);
    refusals = 1;
    for (const token of tokens) await keyturn().claims.open(token);
    await telling.passSeconds(90);
    const started = mail.mails.slice(1).map(({ parsed }) => parsed.text ?? '');
    expect(started).toHaveLength(1);
    for (const name of KEYS) expect(started[0]).toContain(`* ${name} (`);
  });

  test('stays together where who sends is held up by others', async () => {
    telling = await startTelling({ create });
    await keyturn().policies.create({ name: 'told', notify: { channels: ['owner-mail'] } });
    const begin = async (owner: string) => {
      const { key } = await keyturn().keys.create({ name: owner, owner, policy: 'told' });
      await telling.time.rotate(key.id);
    };
    for (const id of OWNERS) {
      await keyturn().owners.create({ id, emails: [`${id}@acme.example`] });
      await begin(id);
    }
    const { clock } = telling.fleet;
    const keyCounts = new Map<string, number[]>();
    let isSlow = true;
    const send = async ({ to, message }: Mail) => {
      const [address = ''] = to;
      keyCounts.set(address, [...(keyCounts.get(address) ?? []), message.keys.length]);
      if (isSlow) clock.advanceMs(40_000);
      return { kind: 'sent', refusedCount: 0 } as const;
    };
    const nowMs = () => clock.nowMs();
    const ports = { ...systemPorts(), clock };
    const run = () =>
      sendDue({
        ...{ store: telling.fleet.at(0).store, ports, nowMs, quietHours: null },
        instanceId: newInstanceId({ nowMs: nowMs(), random: ports.random }),
        places: {
          mail: async () => ({ place: 'a mail server', send }),
          open: () => Promise.reject(new Error('There is none.')),
        },
        openSealed: () => undefined,
      });
    clock.advanceMs(60_000);
    await run();
    const late = OWNERS.filter((id) => !keyCounts.has(`${id}@acme.example`));
    expect(late.length).toBeGreaterThan(0);
    isSlow = false;
    for (const id of late) await begin(id);
    clock.advanceMs(60_000);
    await run();
    for (const id of late) expect(keyCounts.get(`${id}@acme.example`)).toEqual([2]);
  });
});
