import { afterEach, describe, expect, test } from 'vitest';
import type { NoticeOptions } from '../../src/notice-options.js';
import { dataKinds } from '../setup/data.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { startTelling, type Telling } from '../setup/telling.js';

const DAY_MS = 86_400_000;
const ALL_DAY = { from: '00:00', to: '23:59' };

describe.each(dataKinds)('the link of a claim that a person was shown on $name', ({ create }) => {
  let telling: Telling;
  let mail: MailServer | undefined;
  afterEach(async () => {
    await telling.fleet.close();
    await mail?.close();
  });

  const keyturn = () => telling.fleet.at(0).keyturn;

  /** The mail with the link does not leave. */
  async function aKey(notices: NoticeOptions) {
    mail = await startMailServer({ offersTls: false });
    telling = await startTelling({ create, notices, mail: notices.quietHours && mail });
    await keyturn().owners.create({ id: 'acme', emails: ['dev@acme.example'] });
    const claim = { close: '10h', unclaimed: 'disable' } as const;
    const notify = { channels: ['owner-mail'] };
    await keyturn().policies.create({ name: 'customers', notify, claim });
    const { key } = await keyturn().keys.create({ name: 'a', owner: 'acme', policy: 'customers' });
    return key.id;
  }

  async function close(key: string): Promise<void> {
    expect(mail?.mails).toEqual([]);
    await telling.time.pass(DAY_MS);
    for (let look = 0; look < 5; look += 1) await telling.time.pass(60_000);
    const { secrets } = await keyturn().keys.get(key);
    expect(secrets.map(({ state }) => state)).toEqual(['disabled']);
  }

  test.each([
    ['no mail server is configured', {}],
    ['it is night', { quietHours: ALL_DAY }],
  ])('counts as handed over where its mail has not left: %s', async (_why, notices) => {
    const key = await aKey(notices);
    await keyturn().keys.rotate(key, { deliver: 'claim' });
    await telling.passMinutes(2);
    await close(key);
  });

  test('counts as handed over, too, where it is a new one', async () => {
    const key = await aKey({});
    const begun = await keyturn().keys.rotate(key, { deliver: 'claim' });
    if (!('rotation' in begun)) throw new Error('No rotation was begun.');
    await telling.passMinutes(2);
    await keyturn().rotations.retry(begun.rotation.id);
    await telling.passMinutes(2);
    await close(key);
  });
});
