import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { startTelling, type Telling } from '../setup/telling.js';

const OWNER = ['put-off@acme.example', 'dev@acme.example'];

let status: number;
let mail: MailServer;
let telling: Telling;
beforeEach(async () => {
  const refuse = (address: string) =>
    address.startsWith('put-off') ? { status, text: '4.2.0' } : undefined;
  mail = await startMailServer({ offersTls: false, refuse });
  telling = await startTelling({ mail });
  const ops = { kind: 'mail', addresses: ['ops@host.example'] } as const;
  await keyturn().channels.create({ name: 'ops', ...ops });
  await keyturn().policies.create({ name: 'told', notify: { channels: ['owner-mail', 'ops'] } });
  await keyturn().owners.create({ id: 'acme', emails: OWNER });
  const { key } = await keyturn().keys.create({ name: 'CI', policy: 'told', owner: 'acme' });
  await telling.time.rotate(key.id);
});
afterEach(async () => {
  await telling.fleet.close();
  await mail.close();
});

const keyturn = () => telling.fleet.at(0).keyturn;
const mailsTo = (address: string) => mail.mails.filter((one) => one.recipients.includes(address));
const ofOwner = async () =>
  (await keyturn().notices.list()).items.find(({ owner }) => owner === 'acme');

test('an address that puts a mail off for long is given up, and the others have it once', async () => {
  status = 450;
  await telling.passMinutes(3);
  expect(await ofOwner()).toMatchObject({ state: 'waiting', failure: { class: 'transient' } });
  await telling.passMinutes(180);
  expect(await ofOwner()).toMatchObject({ state: 'sent', tries: 6 });
  expect((await ofOwner())?.failure?.message).toContain('answered 450');
  expect(mailsTo('dev@acme.example')).toHaveLength(1);
  const subjects = mailsTo('ops@host.example').map(({ parsed }) => parsed.subject ?? '');
  expect(subjects.filter((one) => one.includes('could not be told'))).toEqual([]);
});

test('an address that refuses a mail stands beside what was sent to the others', async () => {
  status = 550;
  await telling.passMinutes(3);
  expect(await ofOwner()).toMatchObject({
    state: 'sent',
    tries: 1,
    failure: { class: 'rejected' },
  });
  expect((await ofOwner())?.failure?.message).toContain('Its other addresses have it.');
  expect(JSON.stringify(await ofOwner())).not.toContain('put-off');
});
