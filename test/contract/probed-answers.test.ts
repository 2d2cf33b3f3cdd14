import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tokenIn, whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { Probing } from '../setup/probing.js';

const kinds = dataKinds.filter(({ name }) => name === 'memory'); // What it does is no adapter's.

describe.each(kinds)(
  'a secret that is probed while somebody waits for it, on $name',
  ({ create }) => {
    let probing: Probing;
    beforeEach(async () => {
      probing = await Probing.start(create);
    });
    afterEach(() => probing.close());

    const keyturn = () => probing.at.keyturn();
    const settled = <T>(call: Promise<T>) => whileSettling(probing.at.fleet, call);
    const keyId = () => probing.at.made.key.id;

    test('is answered where it has passed, and can be rolled back freely', async () => {
      await probing.follow();
      const { rotation, plaintext } = await probing.rotated();
      expect(probing.heard).toEqual([`api-key ${plaintext}`]);
      expect(rotation.probe?.state).toBe('passed');
      await keyturn().rotations.rollback(rotation.id);
      await probing.untilClosed();
      expect(await probing.at.rotation()).toMatchObject({ state: 'rolled_back' });
      expect(await probing.states()).toEqual(['current', 'revoked']);
    });

    test('is taken back soon where it does not pass, and the key is as it was', async () => {
      await probing.follow();
      probing.answerWith(503);
      await expect(settled(keyturn().keys.rotate(keyId()))).rejects.toMatchObject({
        code: 'state_conflict',
        message: expect.stringMatching(/did not pass its policy's probe.*answered 503/),
      });
      expect(probing.heard).toHaveLength(3);
      expect(await probing.states()).toEqual(['current', 'revoked']);
      const trouble = { class: 'transient', tries: 3, retryAt: null };
      expect(await probing.at.rotation()).toMatchObject({ state: 'rolled_back', trouble });
    });

    test('is tried once where the API takes its time: nobody is to wait for long', async () => {
      await probing.follow();
      probing.answer = (_request, response) => {
        probing.at.fleet.clock.advanceMs(6_000);
        response.writeHead(503).end();
      };
      const asked = settled(keyturn().keys.rotate(keyId()));
      await expect(asked).rejects.toMatchObject({ code: 'state_conflict' });
      expect(probing.heard).toHaveLength(1);
    });

    test('is answered where a fault has passed', async () => {
      await probing.follow();
      probing.answer = (_request, response) => {
        probing.answer = undefined;
        response.writeHead(502).end();
      };
      const { plaintext } = await probing.rotated();
      expect(await probing.at.isValid(plaintext)).toBe(true);
      expect(await probing.states()).toEqual(['retiring', 'current']);
    });

    test('is shown by no claim where it does not pass; another link is made', async () => {
      await probing.follow();
      const claimed = await keyturn().keys.rotate(keyId(), { deliver: 'claim' });
      if (!('claim' in claimed)) throw new Error('There is no link.');
      probing.answerWith(401);
      const opened = keyturn().claims.open(tokenIn(claimed.claim.url));
      const refused = await settled(opened).catch((fault: unknown) => fault);
      expect(refused).toMatchObject({ code: 'state_conflict' });
      expect(refused).toHaveProperty('message', expect.stringContaining('the key is as it was'));
      expect(String(refused)).not.toContain('127.0.0.1'); // Who has a link is not told whom we ask.
      await probing.at.isAt('announce', 'needs_operator');
      const { id, asks } = await probing.at.rotation();
      expect(asks).toMatch(/^The link was opened, and the new secret was not shown: GET/);
      expect(await probing.states()).toEqual(['current', 'revoked']);
      probing.answer = undefined;
      const again = await settled(keyturn().rotations.retry(id));
      if (!('claim' in again)) throw new Error('There is no other link.');
      expect(await probing.at.rotation()).toMatchObject({ trouble: null, asks: null });
      const { plaintext } = await settled(keyturn().claims.open(tokenIn(again.claim.url)));
      expect(await probing.at.isValid(plaintext)).toBe(true);
    });

    test('is waited for by no emergency', async () => {
      await probing.follow();
      probing.answerWith(503);
      const input = { compromised: true, reason: 'leaked' } as const;
      const answered = await settled(keyturn().keys.rotate(keyId(), input));
      if (!('plaintext' in answered)) throw new Error('There is no plaintext.');
      expect(probing.heard).toEqual([]);
      expect(answered.rotation.probe).toBeNull();
      expect(await probing.at.isValid(answered.plaintext)).toBe(true);
      expect(await probing.at.isValid(probing.at.made.plaintext)).toBe(false);
    });

    test('is not issued where its probe may not be run; that is told before', async () => {
      const probe = { http: { url: 'https://api.example.com/health?key=1' } };
      await keyturn().policies.create({ name: 'default', probe });
      const plan = {
        place: 'GET https://api.example.com/health',
        problem: expect.stringContaining('add "api.example.com:443" to "probes.hosts"'),
      };
      const planned = await keyturn().keys.rotate(keyId(), { dryRun: true });
      expect(planned).toMatchObject({ plan: { probe: plan } });
      await expect(keyturn().keys.rotate(keyId())).rejects.toMatchObject({
        code: 'unprocessable',
        errors: [{ pointer: '/policy', message: plan.problem }],
      });
      expect(await probing.at.latest()).toBeUndefined();
      const file = `policy: default\nprobe: { http: { url: "https://api.example.com/health" } }\n`;
      const tested = await keyturn().policies.test({ file });
      expect(tested).toMatchObject({ policies: [{ probe: plan }] });
    });
  },
);
