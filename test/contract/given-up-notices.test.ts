import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { startTelling, type Telling } from '../setup/telling.js';

const HOUR_MS = 3_600_000;

describe.each(dataKinds)('a notice that nobody takes on $name', ({ create }) => {
  let mail: MailServer;
  let telling: Telling;
  beforeEach(async () => {
    const refuse = () => ({ status: 451, text: '4.3.2 come back later' });
    mail = await startMailServer({ offersTls: false, refuse });
    telling = await startTelling({ create, mail });
    const { channels, policies, keys } = telling.fleet.at(0).keyturn;
    await channels.create({ name: 'ops', kind: 'mail', addresses: ['ops@host.example'] });
    await policies.create({ name: 'told', notify: { channels: ['ops'] } });
    const { key } = await keys.create({ name: 'Acme CI', policy: 'told' });
    await telling.time.rotate(key.id);
    await telling.passMinutes(0.5);
  });
  afterEach(async () => {
    await telling.fleet.close();
    await mail.close();
  });

  const one = async () => (await telling.outbox())[0];
  const passHours = async (hours: number) => {
    await telling.time.pass(hours * HOUR_MS);
    await telling.passMinutes(0.5);
  };

  test('is tried again by itself, but not where a person only tries the channel', async () => {
    expect((await one())?.failure?.message).toContain('tried again');
    const tried = await telling.fleet.at(0).keyturn.channels.test('ops');
    expect(tried).toMatchObject({ sent: false, detail: expect.stringContaining('451') });
    expect(tried.detail).not.toContain('tried again');
  });

  test('is given up three days after the first try, however often it was tried', async () => {
    expect(await one()).toMatchObject({ state: 'waiting', tryCount: 1 });
    // Nobody is here for most of the time.
    await passHours(71);
    const late = await one();
    expect(late?.state).toBe('waiting');
    await passHours(2);
    expect((await one())?.state).toBe('dead');
    expect((await one())?.tryCount).toBeLessThan(10);
    const { notices } = telling.fleet.at(0).keyturn;
    await notices.retry(late?.id ?? '');
    await passHours(1);
    await passHours(69);
    expect((await one())?.state).toBe('waiting');
    await passHours(4);
    expect((await one())?.state).toBe('dead');
  });
});
