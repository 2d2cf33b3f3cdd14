import { expect, test } from 'vitest';
import type { DeliveryFailure, Destination } from '../deliver/destination.js';
import { Plaintext } from '../keys/plaintext.js';
import { guarded } from './guarded.js';

const SECRET = 'key_live_N3wS3cretValue6fPg0VnEo4iKx7tBq9wMz1rYa';
const QUOTED: DeliveryFailure = {
  kind: 'failed',
  class: 'transient',
  message: `it does not take ${SECRET}`,
};

const GOOD: Destination = {
  place: 'a vault of ours',
  preflight: async () => ({ kind: 'ready' }),
  read: async () => ({ kind: 'absent' }),
  write: async () => ({ kind: 'written' }),
  readBack: async () => ({ kind: 'absent' }),
  reload: async () => ({ kind: 'reloaded' }),
};

/** A kind of somebody's own, that quotes what it was given. */
function quoting(act: keyof Destination): Destination {
  const quoted = async () => QUOTED;
  return guarded({ ...GOOD, [act]: quoted });
}

test.each(['write', 'readBack', 'reload'] as const)(
  'security 17: a destination of any kind tells nobody the secret that it was given, by its %s',
  async (act) => {
    const destination = quoting(act);
    const delivery = { id: 'dlv_1', secretNumber: 2 };
    const written = await destination.write(new Plaintext(SECRET), { kind: 'absent' }, delivery);
    const told = [written, await destination.readBack(written), await destination.reload()];
    expect(JSON.stringify(told)).not.toContain(SECRET);
    expect(told).toContainEqual({ ...QUOTED, message: 'It says what it was not told to.' });
  },
);

/** A kind that was written without a compiler. */
function answering(act: keyof Destination, answer: object): Destination {
  return guarded(Object.assign({}, GOOD, { [act]: async () => answer }));
}

async function saidBy(act: 'read' | 'write' | 'readBack' | 'reload', answer: object) {
  const destination = answering(act, answer);
  const delivery = { id: 'dlv_1', secretNumber: 2 };
  if (act === 'write')
    return destination.write(new Plaintext(SECRET), { kind: 'absent' }, delivery);
  if (act === 'readBack') return destination.readBack({ kind: 'written' });
  return destination[act]();
}

test.each([
  ['read', { kind: 'ok' }],
  ['read', { kind: 'found', fingerprint: SECRET }],
  ['read', { kind: 'found' }],
  ['write', { kind: 'done' }],
  ['write', { kind: 'written', fingerprint: SECRET }],
  ['write', { kind: 'drift', found: SECRET }],
  ['readBack', { kind: 'written' }],
  ['reload', { kind: 'ok' }],
  ['reload', {}],
] as const)('an answer of %s that means nothing is a failure: %j', async (act, answer) => {
  expect(await saidBy(act, answer)).toMatchObject({ kind: 'failed', class: 'internal' });
});

test('a failure of a class that is none, or that waits for no time, is tried again as any', async () => {
  const odd = { kind: 'failed', class: 'oops', message: 'Away.', retryAfterMs: 'soon' };
  expect(await saidBy('read', odd)).toEqual({
    kind: 'failed',
    class: 'internal',
    message: 'Away.',
  });
  const late = { kind: 'failed', class: 'throttled', message: 'Away.', retryAfterMs: NaN };
  expect(await saidBy('read', late)).toEqual({
    kind: 'failed',
    class: 'throttled',
    message: 'Away.',
  });
  const good = { kind: 'failed', class: 'throttled', message: 'Away.', retryAfterMs: 1_000 };
  expect(await saidBy('read', good)).toEqual(good);
});
