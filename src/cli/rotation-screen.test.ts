import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rotation } from '../rotation-views.js';
import { createTestKeyturn, type TestKeyturn } from '../testing.js';
import { rotationScreen } from './rotation-screen.js';

const CLIENTS = ['nightly-import', 'web-1', 'web-2'];
let keyturn: TestKeyturn;
let rotation: Rotation;

beforeAll(async () => {
  keyturn = await createTestKeyturn();
  const { key, plaintext } = await keyturn.keys.create({ name: 'Acme CI' });
  for (const clientId of CLIENTS) {
    const from = { address: '203.0.113.7', userAgent: 'python-requests/2', clientId };
    await keyturn.verify({ plaintext, ...from });
  }
  const rotated = await keyturn.keys.rotate(key.id);
  if (!('rotation' in rotated)) throw new Error('There is no rotation.');
  rotation = await keyturn.rotations.get(rotated.rotation.id);
});
afterAll(() => keyturn.close());

const linesIn = (columns: number, shown = rotation) =>
  rotationScreen(shown, { rows: 30, columns }).split('\n');

test.each([80, 40])(
  'a screen of %d columns names each consumer, and when it was seen',
  (columns) => {
    const lines = linesIn(columns);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
    for (const clientId of CLIENTS) {
      const found = lines.filter((line) => line.includes(clientId));
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(/\d\d:\d\dZ$/);
    }
  },
);

test.each([80, 40])('and %d columns say whole how far each piece of evidence is', (columns) => {
  const lines = linesIn(columns);
  expect(
    lines.filter((line) => /^E[1-5] .*[█░─]{4}/.test(line) && !line.includes('…')),
  ).toHaveLength(5);
  expect(lines.join('\n')).toContain(rotation.id);
});

test('40 columns say the phase and the state', () => {
  expect(linesIn(40)[0]).toBe('[both live] 3 of 5   waiting');
  const asked: Rotation = { ...rotation, phase: 'retiring', state: 'needs_operator' };
  expect(linesIn(40, asked)[0]).toBe('[retiring] 4 of 5   needs operator');
});
