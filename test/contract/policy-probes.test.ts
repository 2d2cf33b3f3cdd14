import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import { whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { SLOWLY_MS } from '../setup/delivering.js';
import { Probing } from '../setup/probing.js';
import { whileTimePasses } from '../setup/rotating.js';

const CLIENT = { address: '203.0.113.7', userAgent: 'worker/1.0' };
const WORKER = '203.0.113.0/24 · worker';
const DAY_MS = 86_400_000;
const kinds = dataKinds.filter(({ name }) => name === 'sqlite'); // What it does is no adapter's.

describe.each(kinds)(
  'a secret that is probed before its places have it, on $name',
  ({ create }) => {
    let probing: Probing;
    beforeEach(async () => {
      probing = await Probing.start(create);
    });
    afterEach(() => probing.close());

    const rotation = () => probing.at.rotation();
    const rotations = () => probing.at.keyturn().rotations;
    const stateOf = ({ evidence }: Rotation, id: string) =>
      evidence.find((one) => one.id === id)?.state;

    /** A consumer's own call, and time until it is written out. */
    async function use(plaintext: string): Promise<void> {
      const { fleet } = probing.at;
      expect((await fleet.at(1).verify({ plaintext }, CLIENT)).valid).toBe(true);
      await fleet.passMs(1_500);
    }

    function until(isSo: (now: Rotation) => boolean): Promise<void> {
      return whileTimePasses(probing.at.fleet, async () => isSo(await rotation()), SLOWLY_MS);
    }

    test('is tried on the API, and delivered', async () => {
      await probing.follow();
      await probing.deliver();
      await probing.at.isAt('observe');
      const delivered = await probing.at.deliveries.valueIn();
      expect(probing.heard).toEqual([`api-key ${delivered}`]);
      const place = `GET ${probing.url}`;
      expect(await rotation()).toMatchObject({ probe: { place, state: 'passed' }, trouble: null });
      expect(await probing.at.isValid(delivered)).toBe(true);
    });

    test('has no consumer by that: it is no evidence, and nobody waits for it the next time', async () => {
      await use(probing.at.made.plaintext);
      await probing.follow();
      await probing.deliver();
      await probing.at.isAt('observe');
      await probing.at.fleet.passMs(3_000);
      expect(stateOf(await rotation(), 'E1')).toBe('unmet');
      await use(await probing.at.deliveries.valueIn());
      await until((now) => stateOf(now, 'E1') === 'met');
      const { id } = await rotation();
      await rotations().finish(id);
      await rotations().finish(id);
      await probing.untilClosed();
      const planned = await probing.at
        .keyturn()
        .keys.rotate(probing.at.made.key.id, { dryRun: true });
      expect('plan' in planned && planned.plan.consumers.map(({ label }) => label)).toEqual([
        WORKER,
      ]);
      await probing.at.begin();
      await until((now) => now.id !== id && now.step === 'observe');
      expect((await rotation()).consumers.map(({ label }) => label)).toEqual([WORKER]);
    });

    test.each([401, 403])(
      'and refused by %i is issued anew once; then a person acts',
      async (code) => {
        await probing.follow();
        probing.answerWith(code);
        await probing.deliver();
        await probing.at.isAt('probe', 'needs_operator');
        expect(new Set(probing.heard).size).toBe(2);
        expect(await probing.states()).toEqual(['retiring', 'revoked', 'current']);
        expect(await rotation()).toMatchObject({
          trouble: { destination: null, class: 'value_rejected', tries: 2, retryAt: null },
          asks: expect.stringMatching(/^The probe: GET .* answered 40[13].*skip passes it over/),
        });
        expect(await probing.at.deliveries.valueIn()).toBe(probing.at.made.plaintext);
        expect(await probing.at.isValid(probing.at.made.plaintext)).toBe(true);
        probing.answer = undefined;
        await rotations().retry((await rotation()).id);
        await probing.at.isAt('observe');
        expect(await probing.states()).toEqual(['retiring', 'revoked', 'current']);
      },
    );

    test('stays where the API is not well, which is asked again', async () => {
      await probing.follow();
      probing.answerWith(503);
      await probing.deliver();
      await probing.at.isAt('probe', 'retrying');
      const { trouble, updatedAt } = await rotation();
      expect(trouble).toMatchObject({ destination: null, class: 'transient', tries: 1 });
      const waitMs = Date.parse(trouble?.retryAt ?? '') - Date.parse(updatedAt);
      expect(waitMs).toBeGreaterThanOrEqual(5_000);
      expect(waitMs).toBeLessThanOrEqual(10_000);
      probing.answerWith(429, { 'retry-after': '1800' });
      await probing.at.toNextTry();
      await until((now) => now.trouble?.class === 'throttled');
      const throttled = await rotation();
      const pauseMs =
        Date.parse(throttled.trouble?.retryAt ?? '') - Date.parse(throttled.updatedAt);
      expect(pauseMs).toBeGreaterThanOrEqual(1_800_000);
      expect(pauseMs).toBeLessThanOrEqual(1_820_000);
      probing.answer = undefined;
      await probing.at.toNextTry();
      await probing.at.isAt('observe');
      expect(await rotation()).toMatchObject({ trouble: null, probe: { state: 'passed' } });
      expect(await probing.states()).toEqual(['retiring', 'current']);
      expect(new Set(probing.heard).size).toBe(1);
    });

    test('is for a person after eighteen tries', async () => {
      await probing.follow();
      probing.answerWith(500);
      await probing.deliver();
      for (let tries = 1; tries < 18; tries += 1) {
        await until((now) => now.trouble?.tries === tries);
        await probing.at.toNextTry();
      }
      await probing.at.isAt('probe', 'needs_operator');
      expect((await rotation()).asks).toContain('It was tried 18 times.');
      expect(probing.heard).toHaveLength(18);
    });

    test('is for a person where another answer was expected, who may go on without it', async () => {
      await probing.follow({ expect: { body: 'never' } });
      await probing.deliver();
      await probing.at.isAt('probe', 'needs_operator');
      const { id, trouble, actions } = await rotation();
      expect(trouble).toMatchObject({ class: 'target_missing', tries: 1 });
      expect(actions.find(({ name }) => name === 'skip')?.does).toContain("the policy's probe");
      await rotations().skip(id);
      await probing.at.isAt('observe');
      expect(probing.heard).toHaveLength(1);
      expect(await rotation()).toMatchObject({ trouble: null, probe: { state: 'skipped' } });
      const { items } = await probing.at.keyturn().events.list({ subject: id });
      expect(JSON.stringify(items)).toContain('"skipped"');
    });

    test('is tried beside those of other keys, of which none waits for another', async () => {
      const { fleet, made, deliveries } = probing.at;
      await probing.follow();
      const keys = [made, await fleet.at(0).issue(), await fleet.at(0).issue()];
      probing.answerWith(503);
      for (const [index, one] of keys.entries()) {
        await deliveries.add(fleet, one.key, { name: `env${index}`, value: one.plaintext });
        await whileSettling(fleet, probing.at.keyturn().keys.rotate(one.key.id));
      }
      // None is answered until all of them have asked.
      const waiting: ServerResponse[] = [];
      probing.answer = (_request, response) => {
        waiting.push(response);
        if (waiting.length < keys.length) return;
        for (const one of waiting) one.end('{"status":"ok"}');
      };
      fleet.clock.advanceMs(60_000);
      await whileTimePasses(fleet, async () => {
        const { items } = await rotations().list();
        return items.every(({ step, probe }) => step === 'observe' && probe?.state === 'passed');
      });
      expect(waiting).toHaveLength(keys.length);
    });

    test('is tried anew by an instance that takes over', async () => {
      await probing.follow();
      probing.answerWith(503);
      await probing.deliver();
      await probing.at.isAt('probe', 'retrying');
      probing.at.fleet.clock.advanceMs(DAY_MS);
      probing.answer = undefined;
      await probing.at.isAt('observe');
      expect(await probing.states()).toEqual(['retiring', 'current']);
    });
  },
);
