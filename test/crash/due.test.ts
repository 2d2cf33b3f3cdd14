import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Keyturn } from '../../src/public.js';
import { startMailServer } from '../setup/mail-server.js';
import { bundleProgram, type Program } from '../setup/processes.js';
import { scaled } from '../setup/scale.js';
import { type DueCourse, killEverywhere } from './due-run.js';

const DAY_MS = 86_400_000;
const PATIENCE_MS = 300_000; // Some dozen processes.
const KEYS = 3;

let program: Program;
beforeAll(async () => {
  program = await bundleProgram('test/crash/due-program.ts');
});
afterAll(() => program.remove());

/** Keys with a monthly policy, and one whose secret was replaced, with a week for the old one. */
const rotating: DueCourse<{ readonly keys: readonly string[]; readonly rotated: string }> = {
  runAtMs: 31 * DAY_MS,
  prepare: (at) =>
    at(0, async (keyturn) => {
      const schedule = { every: '30d', mode: 'after', spread: '0s', deliver: 'claim' } as const;
      await keyturn.policies.create({ name: 'monthly', schedule });
      const keys: string[] = [];
      for (let index = 0; index < KEYS; index += 1) {
        const { key } = await keyturn.keys.create({ name: `key ${index}`, policy: 'monthly' });
        keys.push(key.id);
      }
      const { key } = await keyturn.keys.create({ name: 'replaced' });
      await keyturn.keys.rotate(key.id, { overlap: '7d' });
      await keyturn.rotateDue();
      return { keys, rotated: key.id };
    }),
  async stateOf(keyturn, { keys, rotated }) {
    const scheduled: number[] = [];
    for (const key of keys) scheduled.push((await keyturn.rotations.list({ key })).items.length);
    const { secrets } = await keyturn.keys.get(rotated);
    const old = secrets.find(({ number }) => number === 1)?.state;
    return { scheduled, old, brokenChains: await brokenChains(keyturn) };
  },
};

/**
 * A key whose people were warned that it is disabled, one of whom they are to be warned, and one whose
 * secret is too old.
 */
const aging: DueCourse<Readonly<Record<'ending' | 'idle' | 'old', string>>> = {
  runAtMs: 53 * DAY_MS, // Warned on day 41: the grace is over.
  async prepare(at) {
    const notify = { channels: ['ops'] };
    const keyNamed = (name: string, policy: string) => async (keyturn: Keyturn) =>
      (await keyturn.keys.create({ name, policy })).key.id;
    const first = await at(0, async (keyturn) => {
      const addresses = ['ops@acme.example'];
      await keyturn.channels.create({ name: 'ops', kind: 'mail', addresses });
      const expiry = { unused: '40d', grace: '10d' } as const;
      await keyturn.policies.create({ name: 'swept', notify, expiry });
      await keyturn.policies.create({ name: 'aged', notify, expiry: { maxAge: '50d' } });
      const ending = await keyNamed('ending', 'swept')(keyturn);
      return { ending, old: await keyNamed('old', 'aged')(keyturn) };
    });
    const idle = await at(12 * DAY_MS, keyNamed('idle', 'swept'));
    await at(41 * DAY_MS, (keyturn) => keyturn.rotateDue());
    return { ...first, idle };
  },
  async stateOf(keyturn, { ending, idle, old }) {
    const told = (await keyturn.notices.list({ limit: 200 })).items;
    const eventsOf = async (
      subject: string,
      type: 'key.unused' | 'key.past_policy' | 'key.disabled',
    ) => (await keyturn.events.list({ subject, type })).items.length;
    return {
      ending: (await keyturn.keys.get(ending)).state,
      idle: (await keyturn.keys.get(idle)).state,
      warned: [await eventsOf(ending, 'key.unused'), await eventsOf(idle, 'key.unused')],
      disabled: [await eventsOf(ending, 'key.disabled'), await eventsOf(idle, 'key.disabled')],
      past: await eventsOf(old, 'key.past_policy'),
      told: told.map(({ key, kind }) => `${kind} ${nameOf({ ending, idle, old }, key)}`).toSorted(),
      brokenChains: await brokenChains(keyturn),
    };
  },
};

describe('a run over what is due that is killed', () => {
  const timeout = PATIENCE_MS * scaled(1);
  test('security 27: is gone on with by the next run, at whichever write it died', {
    timeout,
  }, async () => {
    const { outcome, count } = await killEverywhere(program, rotating);
    expect(count).toBeGreaterThan(4);
    expect(outcome).toEqual({
      scheduled: Array.from({ length: KEYS }, () => 1),
      needsOperator: true, // Nobody is told, so somebody has to make the links.
      old: 'disabled',
      brokenChains: 0,
    });
  });

  test('security 27: warns, disables and tells once of keys that are old or unused', {
    timeout,
  }, async () => {
    const { port, close } = await startMailServer({ offersTls: false });
    onTestFinished(close);
    const smtp = { host: '127.0.0.1', port, security: 'none', from: 'keys@acme.example' } as const;
    const { outcome, count } = await killEverywhere(program, { ...aging, notices: { smtp } });
    expect(count).toBeGreaterThan(6);
    expect(outcome).toEqual({
      needsOperator: false,
      ending: 'disabled',
      idle: 'active',
      warned: [1, 1],
      disabled: [1, 0],
      past: 1,
      told: ['past_policy old', 'unused ending', 'unused ending', 'unused idle'],
      brokenChains: 0,
    });
  });
});

async function brokenChains(keyturn: Keyturn): Promise<number> {
  return (await keyturn.events.verify()).filter(({ ok }) => !ok).length;
}

function nameOf(keys: Readonly<Record<string, string>>, id: string): string {
  return Object.entries(keys).find(([, known]) => known === id)?.[0] ?? '';
}
