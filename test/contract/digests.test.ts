import { afterEach, beforeEach, expect, test } from 'vitest';
import { newInstanceId } from '../../src/keys/id.js';
import type { Channel } from '../../src/notify/channel.js';
import type { Message } from '../../src/notify/message.js';
import { sendDue } from '../../src/notify/sender.js';
import { systemPorts } from '../../src/ports.js';
import { startTelling, type Telling } from '../setup/telling.js';

const OWNERS = 22; // More than a channel is told one by one.

let telling: Telling;
beforeEach(async () => {
  const connections = { pager: { kind: 'pagerduty', routingKey: { env: 'NOWHERE' } } } as const;
  telling = await startTelling({ roles: ['tool'], notices: { connections } });
});
afterEach(() => telling.fleet.close());

const keyturn = () => telling.fleet.at(0).keyturn;

/** One look at all that waits; whatever is sent is taken. */
async function look(channel: Channel<Message>): Promise<void> {
  const { clock } = telling.fleet;
  const ports = { ...systemPorts(), clock };
  const nowMs = () => clock.nowMs();
  await sendDue({
    store: telling.fleet.at(0).store,
    ...{ ports, nowMs, quietHours: null, openSealed: () => undefined },
    instanceId: newInstanceId({ nowMs: nowMs(), random: ports.random }),
    places: {
      mail: () => Promise.reject(new Error('There is none.')),
      open: async () => channel,
    },
  });
}

test('of an emergency, and one of all else, are bound to what they tell of, and to nothing more', async () => {
  await keyturn().channels.create({ name: 'pager', kind: 'webhook', connection: 'pager' });
  await keyturn().policies.create({ name: 'told', notify: { channels: ['pager'] } });
  for (let index = 0; index < 2 * OWNERS; index += 1) {
    const owner = `owner-${index}`;
    const { id } = (await keyturn().keys.create({ name: owner, policy: 'told', owner })).key;
    const emergency = { compromised: true, reason: 'in a log', overlap: '1h' };
    await keyturn().keys.rotate(id, index < OWNERS ? emergency : {});
  }
  const sent = new Map<string, { readonly isEmergency: boolean; readonly noticeCount: number }>();
  await look({
    place: 'the pager',
    async send({ notice }, { idempotencyKey }) {
      if (notice.kind !== 'digest') throw new Error('It is no digest.');
      const noticeCount = notice.parts.reduce((sum, part) => sum + part.noticeCount, 0);
      sent.set(idempotencyKey, { isEmergency: notice.isEmergency, noticeCount });
      return { kind: 'sent', refusedCount: 0 };
    },
  });

  const rows = await telling.outbox();
  const bound = [...sent].map(([sentAs, { isEmergency, noticeCount }]) => {
    const own = rows.filter((row) => row.sentAs === sentAs);
    const isAlike = own.every(({ notice }) => JSON.parse(notice).isEmergency === isEmergency);
    return { isEmergency, isAlike, rows: own.length - noticeCount };
  });
  expect(bound).toEqual([
    { isEmergency: true, isAlike: true, rows: 0 },
    { isEmergency: false, isAlike: true, rows: 0 },
  ]);
  expect(rows.every(({ state }) => state === 'sent')).toBe(true);
});
