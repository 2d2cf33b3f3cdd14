import { expect, onTestFinished, test } from 'vitest';
import { createTestKeyturn } from '../../src/testing.js';
import { startKeyturn } from './guarded-host.js';

const NEW_YEAR_MS = Date.UTC(2031, 0, 1);
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

test('a test Keyturn tells the time that the test says', async () => {
  const keyturn = await startKeyturn({ nowMs: NEW_YEAR_MS });
  const { key } = await keyturn.keys.create({ name: 'Acme CI' });
  expect(key.createdAt).toBe('2031-01-01T00:00:00.000Z');
  expect(keyturn.clock.nowMs()).toBe(NEW_YEAR_MS);
});

test('a key of a test Keyturn expires when its clock is moved', async () => {
  const keyturn = await startKeyturn({ nowMs: NEW_YEAR_MS });
  const { plaintext } = await keyturn.keys.create({ name: 'Acme CI', expiresAt: '90d' });
  keyturn.clock.advanceMs(90 * DAY_MS - 1);
  expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true });
  keyturn.clock.advanceMs(1);
  expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: false, code: 'expired' });
});

test('what a test Keyturn does at intervals is done when its clock is moved', async () => {
  const keyturn = await startKeyturn({ nowMs: NEW_YEAR_MS });
  const { key, plaintext } = await keyturn.keys.create({ name: 'Acme CI' });
  await keyturn.verify({ plaintext });
  keyturn.clock.advanceMs(MINUTE_MS);
  await expect
    .poll(async () => (await keyturn.keys.get(key.id)).lastUsedAt)
    .toBe('2031-01-01T00:00:00.000Z');
});

test('a test Keyturn takes the other options, and runs at the time of its making by default', async () => {
  const before = Date.now();
  const keyturn = await createTestKeyturn({ basePath: '/keyturn' });
  onTestFinished(() => keyturn.close());
  expect(keyturn.clock.nowMs()).toBeGreaterThanOrEqual(before);
  expect(keyturn.settings.basePath).toBe('/keyturn');
});
