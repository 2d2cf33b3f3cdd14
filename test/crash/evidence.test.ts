import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotationText } from '../../src/cli/rotation-text.js';
import type { Rotation } from '../../src/rotation-views.js';
import { durableKinds } from '../setup/data.js';
import { startFleet } from '../setup/fleet.js';
import { postgresOrSkip } from '../setup/postgres.js';
import { compileProgram, type Program } from '../setup/processes.js';
import { HeldRotations } from '../setup/rotations.js';

const MINUTE_MS = 60_000;
const CLIENT = '203.0.113.0/24 · report';

let program: Program;
beforeAll(() => {
  program = compileProgram('test/crash/evidence-program.ts');
});
afterAll(() => program.remove());

describe.each(durableKinds)('an instance that is killed right after an answer on $name', (data) => {
  /** What another instance says a minute later; the policy allows no gaps. */
  async function seenAfter(recording: string) {
    const opened = await data.create();
    const killed = program.start(opened.url, recording);
    const { id, instance } = textsOf(await killed.next());
    expect(await killed.next()).toEqual({ valid: true });
    await expect(killed.next()).rejects.toThrow('ended');
    const fleet = await startFleet({ create: async () => opened, roles: ['server'] });
    await new HeldRotations(fleet).pass(MINUTE_MS);
    const rotation = await fleet.at(0).keyturn.rotations.get(id);
    await fleet.close();
    return { rotation, instance };
  }

  test('has lost nothing with write-through, and the record is whole', async (ctx) => {
    if (data.name === 'postgres') postgresOrSkip(ctx);
    const { rotation } = await seenAfter('write-through');
    expect(rotation.consumers).toMatchObject([{ label: CLIENT, where: 'moved' }]);
    expect(recordIn(rotation)).toMatchObject({
      state: 'met',
      sure: 'certain',
      figures: { gaps: [], gapMs: 0, silent: [] },
    });
  });

  test('leaves a gap with batches, which is listed, and the record is not whole', async (ctx) => {
    if (data.name === 'postgres') postgresOrSkip(ctx);
    const { rotation, instance } = await seenAfter('batched');
    expect(rotation.consumers).toMatchObject([{ label: CLIENT, where: 'not_moved' }]);
    const { state, figures } = recordIn(rotation);
    expect(state).toBe('unmet');
    expect(figures).toMatchObject({ gaps: [instance], allowedGapMs: 0, silent: [] });
    expect(figures['gapMs']).toBeGreaterThanOrEqual(1_000);
    expect(rotationText(rotation)).toMatch(`untold: ${instance}`);
  });
});

function recordIn({ evidence }: Rotation): Rotation['evidence'][number] {
  const record = evidence.find(({ id }) => id === 'E4');
  if (record === undefined) throw new Error('There is no E4.');
  return record;
}

function textsOf(told: unknown): { readonly id: string; readonly instance: string } {
  if (typeof told !== 'object' || told === null) throw new Error('Nothing.');
  if (!('id' in told) || !('instance' in told)) throw new Error('No rotation.');
  return { id: String(told.id), instance: String(told.instance) };
}
