import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { proberOf } from '../../src/deliver/probers.js';
import { DEFAULT_CREDENTIALS } from '../../src/keys/keyspace.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import type { Management } from '../../src/public.js';
import { whileSettling } from '../setup/claiming.js';
import { dataKinds, durableKinds } from '../setup/data.js';
import { someSecret } from '../setup/destination-contract.js';
import { dumpOf } from '../setup/dump.js';
import { HeldClock } from '../setup/held-clock.js';
import { listen } from '../setup/listening.js';
import { Probing } from '../setup/probing.js';
import { whileTimePasses } from '../setup/rotating.js';
import { expectNothingOf } from './canaries.js';

const [onFile] = durableKinds;
if (onFile === undefined) throw new Error('There is no SQLite.');

/** A server, and what it was told. */
async function listening(status = 200, headers: Record<string, string> = {}) {
  const heard: string[] = [];
  const server = await listen(({ headers: { authorization } }, response) => {
    heard.push(authorization ?? '');
    response.writeHead(status, headers).end();
  });
  onTestFinished(() => server.close());
  return { ...server, heard };
}

function run(url: string, hosts: readonly string[]) {
  const expected = { status: [200], body: null, json: null };
  const plain = { method: 'GET', header: null, scheme: null, timeoutMs: 5_000 } as const;
  const probe = { kind: 'http', url, expect: expected, ...plain } as const;
  const secret = new Plaintext(someSecret());
  return proberOf({ hosts }, new HeldClock()).run(probe, secret, DEFAULT_CREDENTIALS);
}

describe('a probe whose host the operator did not allow', () => {
  test.each([
    ['a public one', 'https://93.184.215.14/'],
    ['a name', 'https://api.example.com/'],
    ['metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['loopback', 'http://127.0.0.1:1/'],
    ['mapped', 'https://[::ffff:a9fe:a9fe]/'],
    ['decimal', 'https://2130706433/'],
  ])('security 21: shows no secret to %s', async (_what, url) => {
    const outcome = await run(url, ['api.example.com:8443', 'metadata.example:80']);
    expect(outcome).toMatchObject({
      class: 'destination_auth',
      message: expect.stringContaining('probes.hosts'),
    });
  });

  test('security 21: reaches no address behind a listed name that is special or disguised', async () => {
    const { port, heard } = await listening();
    for (const url of [`http://2130706433:${port}/`, `http://0x7f.1:${port}/`]) {
      expect(await run(url, [`127.0.0.1:${port}`])).toMatchObject({ class: 'destination_auth' });
    }
    expect(heard).toEqual([]);
  });

  test('security 21: is reached by no redirect', async () => {
    const thief = await listening();
    const api = await listening(307, { location: thief.url });
    expect(await run(api.url, [`127.0.0.1:${api.port}`])).toMatchObject({
      class: 'target_missing',
    });
    expect([api.heard.length, thief.heard.length]).toEqual([1, 0]);
  });
});

describe('a command that probes', () => {
  test('security 23: has the secret in no command line and no environment while it runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-probe-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const mark = someSecret();
    const script =
      'read -r secret || true; echo 1 > "$0/has"; while [ ! -e "$0/seen" ]; do sleep 0.01; done';
    const commands = { trying: { run: ['sh', '-c', script, folder], env: { MARK: mark } } };
    const secret = someSecret();
    const probe = { kind: 'command', command: 'trying' } as const;
    const prober = proberOf({ commands }, new HeldClock());
    const running = prober.run(probe, new Plaintext(secret), DEFAULT_CREDENTIALS);
    await expect.poll(() => readdir(folder)).toContain('has');
    const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const files = ids.flatMap((id) => [`/proc/${id}/cmdline`, `/proc/${id}/environ`]);
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
    expect(texts.join('\n')).toContain(mark); // The looking works.
    expectNothingOf([secret], texts.join('\n'));
    await writeFile(join(folder, 'seen'), '');
    expect(await running).toEqual({ kind: 'passed' });
  });
});

describe('a secret that is probed', () => {
  let probing: Probing;
  beforeEach(async () => {
    probing = await Probing.start(onFile.create);
  });
  afterEach(() => probing.close());

  test('security 17: stands nowhere but where it belongs, whatever the API says of it', async () => {
    await probing.follow();
    // It answers with all that it was told, and then with too little.
    const said = [503, 200];
    probing.answer = ({ headers, rawHeaders }, response) => {
      const [status = 200] = said.splice(0, 1);
      response.writeHead(status, { 'x-echo': headers.authorization });
      response.end(JSON.stringify(rawHeaders));
    };
    await probing.deliver();
    await probing.at.isAt('probe', 'retrying');
    await probing.at.toNextTry();
    await probing.at.isAt('probe', 'needs_operator');
    const [header = ''] = probing.heard;
    const secret = header.replace('api-key ', '');
    expect(probing.heard).toEqual([header, header]);
    const { keyturn } = probing.at.fleet.at(0);
    const shown = [
      await keyturn.rotations.list(),
      await keyturn.events.list(),
      keyturn.metrics(),
      probing.at.fleet.log,
    ];
    expectNothingOf([secret], JSON.stringify(shown));
    expectNothingOf([secret], (await dumpOf(probing.at.fleet.data)).whole);
  });

  test('security 44: is shown to whom the policy named when the rotation began, and to nobody else', async () => {
    const thief = await listening();
    await probing.follow();
    probing.answerWith(503);
    await probing.deliver();
    await probing.at.isAt('probe', 'retrying');
    const { policies } = probing.at.keyturn();
    const probe = { http: { url: `http://127.0.0.1:${thief.port}/` } };
    await policies.update('default', { probe });
    probing.answer = undefined;
    await probing.at.toNextTry();
    await probing.at.isAt('observe');
    expect(probing.heard).toHaveLength(2);
    expect(thief.heard).toEqual([]);
  });

  test('security 36: acquaints nobody with a key who calls himself the probe', async () => {
    await probing.at.keyturn().policies.create({ name: 'default', selfRotation: true });
    await probing.at
      .keyturn()
      .policies.update('default', { probe: { http: { url: probing.url } } });
    const { rotation, plaintext } = await probing.rotated();
    const { fleet, made } = probing.at;
    await probing.at.keyturn().rotations.finish(rotation.id);
    await probing.at.keyturn().rotations.finish(rotation.id);
    await probing.untilClosed();
    fleet.clock.advanceMs(2 * 86_400_000);
    await fleet.passMs(3_000);
    const thief = { plaintext, address: '127.0.0.1', userAgent: 'keyturn-probe' };
    const asked = fleet.at(0).keyturn.rotateSelf({ ...thief, idempotencyKey: 'a' });
    const answer = await whileSettling(fleet, asked);
    expect(answer).toMatchObject({
      rotation: { asks: expect.stringContaining('not used this key') },
    });
    expect(answer).not.toHaveProperty('plaintext');
    expect(await probing.at.isValid(made.plaintext)).toBe(false);
  });

  test('security 36: tells a consumer that rotates itself nothing of whom its issuer asks', async () => {
    await probing.at.keyturn().policies.create({ name: 'default', selfRotation: true });
    const { fleet, made } = probing.at;
    const worker = { plaintext: made.plaintext, address: '203.0.113.7', userAgent: 'worker/1.0' };
    for (const days of [0, 2]) {
      fleet.clock.advanceMs(days * 86_400_000);
      await fleet.passMs(1_500);
      expect((await fleet.at(0).verify(worker, worker)).valid).toBe(true);
      await fleet.passMs(1_500);
    }
    const { plaintext, address, userAgent } = worker;
    const rotate = (idempotencyKey: string) => {
      const request = { plaintext, address, userAgent, idempotencyKey };
      const asked = fleet.at(0).keyturn.rotateSelf(request);
      return whileSettling(fleet, asked).catch((fault: unknown) => fault);
    };
    const { policies } = probing.at.keyturn();
    for (const url of ['http://api.internal/', probing.url]) {
      probing.answerWith(404);
      await policies.update('default', { probe: { http: { url } } });
      const fault = await rotate(url);
      expect(fault).toMatchObject({ code: 'state_conflict' });
      expect(String(fault)).not.toMatch(/api\.internal|127\.0\.0\.1/);
    }
    expect(probing.heard).toHaveLength(1);
    probing.answer = undefined;
    expect(await rotate('again')).toMatchObject({ plaintext: expect.any(String) });
  });

  test('security 37: hides nobody who calls himself the probe', async () => {
    await probing.follow();
    const { fleet, made, deliveries } = probing.at;
    await fleet.at(1).verify(made, { address: '203.0.113.7', userAgent: 'worker/1.0' });
    await fleet.passMs(1_500);
    await probing.deliver();
    await probing.at.isAt('observe');
    const thief = { address: '127.0.0.1', userAgent: 'keyturn-probe' };
    const plaintext = await deliveries.valueIn();
    await fleet.passMs(1_500);
    expect((await fleet.at(1).verify({ plaintext }, thief)).valid).toBe(true);
    expect((await fleet.at(1).verify(made, thief)).valid).toBe(true);
    await whileTimePasses(fleet, async () => {
      const { evidence, strangers } = await probing.at.rotation();
      const isUsed = evidence.find(({ id }) => id === 'E1')?.state === 'met';
      return isUsed && strangers.join() === '127.0.0.0/24 · keyturn-probe';
    });
  });
});

describe.each(dataKinds)('who says whom new secrets are shown to, on $name', ({ create }) => {
  let probing: Probing;
  beforeEach(async () => {
    probing = await Probing.start(create);
    await probing.follow();
  });
  afterEach(() => probing.close());

  async function as(scopes: readonly string[]): Promise<Management> {
    const { fleet } = probing.at;
    const made = await fleet.at(0).issue({ keyspace: 'keyturn', scopes });
    const { keyturn } = fleet.at(0);
    const verdict = await keyturn.verify({ plaintext: made.plaintext, keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error('The management key does not work.');
    return keyturn.as({ actor: { kind: 'management_key', id: made.key.id }, key: verdict.key });
  }

  const probe = { command: 'thiefs' };
  const file = 'policy: filed\nprobe: { command: thiefs }\n';

  /** Every way to say it. */
  const edits = ({ policies }: Management) => [
    () => policies.create({ name: 'own', probe }),
    () => policies.update('default', { probe }),
    () => policies.update('default', { probe: null }),
    () => policies.apply({ file }),
    () => policies.apply({ file: 'policy: default\n' }),
  ];

  test('security 44: is who may rotate the keys, and no other', async () => {
    const { policies } = probing.at.keyturn();
    const before = await policies.list();
    const editor = await as(['policies:*', 'keys:read', 'keys:write']);
    for (const edit of edits(editor)) {
      await expect(edit()).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect(await policies.list()).toEqual(before);
    await editor.policies.update('default', { reference: 'the probe stays as it is' });
    for (const edit of edits(await as(['policies:*', 'keys:rotate']))) await edit();
  });

  test('security 44: of management keys is who may do all that any of them may', async () => {
    const most = await as(['policies:*', 'keys:*', 'rotations:*']);
    const ofManagement = { name: 'own', keyspace: 'keyturn', probe };
    await expect(most.policies.create(ofManagement)).rejects.toMatchObject({ code: 'forbidden' });
    await (await as(['*'])).policies.create(ofManagement);
  });
});
