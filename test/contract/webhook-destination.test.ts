import { afterEach, beforeEach, expect, test } from 'vitest';
import { webhook } from '../../src/deliver/webhook.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { key } from '../setup/vendors/kinds.js';
import { outsideOf } from '../setup/vendors/outside.js';
import { type Receiver, SIGNING_SECRET, startReceiver } from '../setup/vendors/receiver.js';

const NEW = 'key_live_N3wS3cretValue6fPg0VnEo4iKx7tBq9wMz1rYa';
const delivery = { id: 'dlv_1', secretNumber: 2 };

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  expect(receiver.violations).toEqual([]);
});

function opened(credential = SIGNING_SECRET) {
  const secret = { env: 'CREDENTIAL' };
  const target = { kind: 'webhook', url: `${receiver.url}/hook/`, secret } as const;
  return webhook.open({ connection: 'target' }, outsideOf({ target }, { credential }), key());
}

async function deliver() {
  const destination = opened();
  return destination.write(new Plaintext(NEW), await destination.read(), delivery);
}

test('a delivery that is repeated has the same id', async () => {
  receiver.tells = false;
  await deliver();
  await deliver();
  expect(receiver.ids).toEqual([delivery.id, delivery.id]);
});

test.each(['whsec_', 'whsec_!!!', 'a word'])('nothing is signed with %s', async (secret) => {
  expect(await opened(secret).read()).toMatchObject({
    class: 'destination_auth',
    message: expect.stringContaining('its secret is not "whsec_"'),
  });
});

test('a receiver that does not say what it holds is not read back', async () => {
  receiver.tells = false;
  expect(await opened().readBack(await deliver())).toEqual({ kind: 'unreadable' });
});

test.each([429, 503])('a %i that names a date is waited for until then', async (status) => {
  const untilMs = Math.ceil(Date.now() / 1_000) * 1_000 + 600_000;
  const headers = { 'retry-after': new Date(untilMs).toUTCString() };
  receiver.instead = () => ({ status, headers });
  const failure = await opened().read();
  if (failure.kind !== 'failed') throw new Error('It was read.');
  expect(failure.retryAfterMs).toBeGreaterThan(540_000);
  expect(failure.retryAfterMs).toBeLessThanOrEqual(601_000);
  expect(failure.message).not.toContain('tried again'); // Whoever tries again says when.
});
