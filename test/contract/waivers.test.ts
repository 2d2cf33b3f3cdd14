import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNamed } from '../../src/named-consumer.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const kinds = dataKinds.filter(({ name }) => name === 'memory'); // What it does is no adapter's.
const LABEL = '203.0.113.0/24 · curl · nightly-import';

describe('a waiver names a consumer', () => {
  test.each([
    'c1',
    LABEL,
    '203.0.113.0/24',
    'CURL',
    ' nightly-import ',
    'nightly-*',
    '*-import',
    '203.*import',
    '203.0.113.*',
    '*',
  ])('by %j', (named) => {
    expect(isNamed(named, { id: 'c1', label: LABEL })).toBe(true);
  });

  test.each([
    'p',
    'import',
    'nightly',
    '203.0.113.',
    '·',
    '',
    'c',
    '*import*nightly*',
    'curl*curl',
  ])('and not by %j', (named) => {
    expect(isNamed(named, { id: 'c1', label: LABEL })).toBe(false);
  });
});

describe.each(kinds)('a waiver, on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());

  test('can be taken back while both secrets are accepted, the last one first', async () => {
    const made = await fleet.at(0).issue();
    for (const clientId of ['app-1', 'app-2']) {
      const from = { address: '203.0.113.7', userAgent: 'curl/8', clientId };
      await fleet.at(0).verify(made, from);
    }
    const { rotation } = await new HeldRotations(fleet).rotate(made.key.id);
    const { rotations } = fleet.at(0).keyturn;
    await expect(
      rotations.waive(rotation.id, { consumer: 'p', reason: 'gone' }),
    ).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ pointer: '/consumer', fix: expect.stringContaining('* stands for any text') }],
    });
    await expect(rotations.undo(rotation.id)).rejects.toMatchObject({ code: 'state_conflict' });
    for (const consumer of ['app-1', 'app-2']) {
      await rotations.waive(rotation.id, { consumer, reason: 'gone' });
    }
    const waived = await rotations.get(rotation.id);
    expect(waived.consumers.map(({ where }) => where)).toEqual(['waived', 'waived']);
    expect(waived.actions.find(({ name }) => name === 'undo')?.does).toMatch(
      /^Takes the last waiver back: app-2 is waited for again/,
    );
    await rotations.undo(rotation.id);
    const { waivers, consumers } = await rotations.get(rotation.id);
    expect(waivers.map(({ consumer }) => consumer)).toEqual(['app-1']);
    expect(consumers.map(({ label, where }) => [label.slice(-5), where]).toSorted()).toEqual([
      ['app-1', 'waived'],
      ['app-2', 'not_moved'],
    ]);
  });
});
