import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Plaintext } from '../../src/keys/plaintext.js';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { type Data, durableKinds } from '../setup/data.js';
import { HeldClock } from '../setup/held-clock.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { bundleProgram, type Program } from '../setup/processes.js';
import { scaled } from '../setup/scale.js';

const MINUTE_MS = 60_000;
const LEASE_MS = 6 * MINUTE_MS; // What who died held is taken over.
const PATIENCE_MS = 120_000; // Some processes.
const SIDES = ['before', 'after'] as const;
const SEAL_KEY = randomBytes(32).toString('base64');

let program: Program;
beforeAll(async () => {
  program = await bundleProgram('test/crash/notice-program.ts');
});
afterAll(() => program.remove());

test('a mail whose sender is killed is sent again under the same id, and nothing is lost', {
  timeout: PATIENCE_MS * scaled(1),
}, async () => {
  const whole = await sent([]);
  expect(whole.arrived).toBe(1);
  expect(whole.count).toBe(4); // Taken, decided, sent, and looked at once more.
  const arrived: number[] = [];
  for (let write = 1; write < whole.count; write += 1) {
    for (const side of SIDES) arrived.push((await sent([`${write}`, side])).arrived);
  }
  // Only who dies after the mail was taken, and before that is written, sends it twice.
  expect(arrived).toEqual([1, 1, 1, 1, 2, 1]);
});

/** What comes of a claim's link, and of a sender that dies and another that comes after it. */
async function sent(kill: readonly string[]): Promise<{ arrived: number; count: number }> {
  const kind = durableKinds.find(({ name }) => name === 'sqlite');
  if (kind === undefined) throw new Error('There is no SQLite.');
  const [data, mail] = [await kind.create(), await startMailServer({ offersTls: false })];
  try {
    const link = await aLink(data);
    const start = (laterMs: number, ...rest: readonly string[]) =>
      program.start(data.url, SEAL_KEY, `${mail.port}`, `${laterMs}`, ...rest);
    let laterMs = 2 * MINUTE_MS;
    if (kill.length > 0) {
      await expect(start(laterMs, ...kill).next()).rejects.toThrow('ended');
      laterMs += LEASE_MS;
    }
    const told = await start(laterMs).next();
    await expectOne(data, mail, link);
    return { arrived: mail.mails.length, count: Number(Object(told).count) };
  } finally {
    await mail.close();
    await data.remove();
  }
}

async function aLink(data: Data): Promise<string> {
  return withKeyturn(data, async (keyturn) => {
    await keyturn.owners.create({ id: 'acme', emails: ['dev@acme.example'] });
    await keyturn.policies.create({ name: 'told', notify: { channels: ['owner-mail'] } });
    const { key } = await keyturn.keys.create({ name: 'Acme CI', owner: 'acme', policy: 'told' });
    const answer = await keyturn.keys.rotate(key.id, { deliver: 'claim' });
    return 'claim' in answer ? answer.claim.url : '';
  });
}

/** However often it came, it is one mail to who reads it, and it is known to be sent. */
async function expectOne(data: Data, { mails }: MailServer, link: string): Promise<void> {
  for (const { parsed } of mails) expect(parsed.text).toContain(link);
  expect(new Set(mails.map(({ parsed }) => parsed.messageId)).size).toBe(1);
  const rows = await data.execute('select state, sealed, sent_as from outbox');
  const [messageId = ''] = mails.map(({ parsed }) => parsed.messageId);
  expect(rows).toEqual([
    { state: 'sent', sealed: null, sent_as: messageId.replace(/^<|@.*$/g, '') },
  ]);
}

async function withKeyturn<T>(
  { url, open }: Data,
  work: (keyturn: Awaited<ReturnType<typeof makeKeyturn>>) => Promise<T>,
): Promise<T> {
  const ports = { ...systemPorts(), clock: new HeldClock() };
  const sealKey = new Plaintext(SEAL_KEY);
  const options = { database: url, publicUrl: 'https://keys.example' };
  const openStore = () => open(ports);
  const keyturn = await makeKeyturn(options, { role: 'tool', ports, sealKey, openStore });
  try {
    return await work(keyturn);
  } finally {
    await keyturn.close();
  }
}
