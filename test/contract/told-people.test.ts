import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { startTelling, type Telling } from '../setup/telling.js';

describe('who is told', () => {
  let mail: MailServer;
  let telling: Telling;
  beforeEach(async () => {
    mail = await startMailServer({ offersTls: false });
    telling = await startTelling({ mail });
  });
  afterEach(async () => {
    await telling.fleet.close();
    await mail.close();
  });

  test('an owner has a mail as a new secret is accepted, and as the old one is refused', async () => {
    const { keyturn } = telling.fleet.at(0);
    await keyturn.owners.create({ id: 'acme', emails: ['dev@acme.example'] });
    await keyturn.policies.create({ name: 'told', notify: { channels: ['owner-mail'] } });
    const { key } = await keyturn.keys.create({ name: 'Acme CI', owner: 'acme', policy: 'told' });
    const { plaintext, rotation } = await telling.time.rotate(key.id);
    await telling.passMinutes(2);
    await keyturn.rotations.finish(rotation.id);
    await keyturn.rotations.finish(rotation.id);
    await telling.passMinutes(2);
    const [started, done, ...more] = mail.mails;
    expect(more).toEqual([]);
    expect(started?.recipients).toEqual(['dev@acme.example']);
    expect(started?.parsed.subject).toContain('a new secret is accepted');
    expect(started?.parsed.messageId).toMatch(/^<ntc_[0-9a-f]{32}@acme\.example>$/);
    expect(done?.parsed.subject).toContain('replaced');
    for (const { raw } of mail.mails) expect(raw).not.toContain(plaintext.slice(-12));
  });

  test('an owner reads the name that the keyspace has for its customers, and operators its own', async () => {
    const { keyturn } = telling.fleet.at(0);
    await keyturn.keyspaces.update('default', { branding: { name: 'Acme "Maps"' } });
    await keyturn.owners.create({ id: 'acme', emails: ['dev@acme.example'] });
    await keyturn.channels.create({ name: 'ops', kind: 'mail', addresses: ['ops@host.example'] });
    const channels = ['owner-mail', 'ops'];
    await keyturn.policies.create({ name: 'told', notify: { channels } });
    const { key } = await keyturn.keys.create({ name: 'Acme CI', owner: 'acme', policy: 'told' });
    await telling.time.rotate(key.id);
    await telling.passMinutes(2);
    const footers = mail.mails.map(({ recipients, parsed }) => [
      recipients[0],
      parsed.text?.trim().split('\n').at(-1),
    ]);
    expect(Object.fromEntries(footers)).toEqual({
      'dev@acme.example': 'You get this mail because you own API keys of Acme "Maps".',
      'ops@host.example': 'Keyspace default.',
    });
  });
});
