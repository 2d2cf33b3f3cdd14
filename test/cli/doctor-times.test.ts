import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { HeldClock } from '../setup/held-clock.js';
import { Shell } from './command-line.js';

const DAY_MS = 86_400_000;

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** An open rotation of a key, begun on a machine with this clock. */
async function rotationBegunBy(aheadMs: number): Promise<void> {
  const clock = new HeldClock();
  clock.setByMs(aheadMs);
  const options = {
    database: `sqlite:${shell.path('keyturn.db')}`,
    publicUrl: 'https://k.example',
  };
  const keyturn = await makeKeyturn(options, { role: 'tool', ports: { ...systemPorts(), clock } });
  const { key } = await keyturn.keys.create({ name: 'Acme CI' });
  await keyturn.keys.rotate(key.id, { deliver: 'claim' });
  await keyturn.close();
}

const doctor = () => shell.run(['doctor', '--json']);

test('a doctor names rotations that were begun by a clock that was ahead, and what to do', async () => {
  await rotationBegunBy(365 * DAY_MS);
  const ran = await doctor();
  expect(ran.exit).toBe(0);
  expect(ran.json()).toMatchObject({
    checks: expect.arrayContaining([
      expect.objectContaining({
        name: 'times',
        detail: expect.stringContaining('1 open rotation begun by a clock that was ahead'),
        fix: expect.stringContaining('keyturn rotation list --open'),
      }),
    ]),
  });
});

test('a doctor says nothing of those that were begun by a clock that was right', async () => {
  await rotationBegunBy(60_000);
  expect(JSON.stringify((await doctor()).json())).not.toContain('"times"');
});
