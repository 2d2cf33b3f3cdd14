import { readdir, readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeyturnError } from '../../src/errors.js';
import type { JsonValue } from '../../src/keys/metadata.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import type { Keyturn } from '../../src/public.js';
import { dataKinds, durableKinds } from '../setup/data.js';
import { dumpOf } from '../setup/dump.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { expectNothingOf } from './canaries.js';

const KEYSPACES = ['default', 'keyturn'];

const options = { recording: 'write-through' } as const; // Each check is counted in the store.

let fleet: Fleet;

async function faultOf(call: Promise<unknown>): Promise<KeyturnError> {
  const fault: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (fault instanceof KeyturnError) return fault;
  throw new Error('It was not refused.');
}

/** Secrets that have been about, and all that was said of them but where each was issued. */
interface Life {
  readonly secrets: readonly string[];
  readonly said: readonly unknown[];
}

/** A key and a set-up link live their lives, good calls and bad ones. */
async function live(keyturn: Keyturn): Promise<Life> {
  const { keys, setup, verify } = keyturn;
  const metadata: Record<string, JsonValue> = { plan: 'gold' };
  const input = { name: 'canary', owner: 'acme', metadata };
  const how = { idempotencyKey: 'canary' };
  const made = await keys.create(input, how);
  if (!('plaintext' in made)) throw new Error('It was made before.');
  const { key, plaintext } = made;
  const { token } = await setup.createToken();
  const { plaintext: other } = await keys.create({ name: 'other', tags: ['t'] });
  const headers = new Headers({ 'x-api-key': plaintext });
  const said: unknown[] = [key, await keys.create(input, how)];
  const say = async (answer: unknown) => said.push(await answer);

  for (const text of [plaintext, `${plaintext}x`, `"${plaintext}"`, plaintext.toLowerCase()]) {
    await say(verify({ plaintext: text }));
    await say(verify({ plaintext: text, keyspace: 'keyturn', scopes: ['none:read'] }));
    await say(faultOf(keys.get(text)));
    await say(faultOf(keys.update(key.id, { tags: [text, 'no tag'] })));
    await say(faultOf(keys.create({ name: text, scopes: ['no scope'] })));
    await say(faultOf(keyturn.keyspaces.create({ name: text, prefix: text })));
    await say(faultOf(keyturn.owners.create({ id: text, locale: 'no locale' })));
    await say(faultOf(keys.list({ cursor: text })));
    await say(faultOf(setup.redeem(text)));
  }
  await say(verify({ headers }));
  await say(
    verify({ headers: new Headers({ 'x-api-key': plaintext, authorization: `Api-Key ${other}` }) }),
  );
  await say(verify({ headers: new Headers(), url: `/reports?api_key=${plaintext}` }));
  await say(faultOf(setup.redeem(`${token}x`)));
  await say(keys.find({ plaintext }));
  await say(keys.find({ plaintext: other }));
  const { key: root, plaintext: rootText } = await setup.redeem(token);
  said.push(root);
  await say(faultOf(setup.redeem(token)));
  await say(keys.disable(key.id, { reason: 'a pause' }));
  await say(verify({ plaintext }));
  await say(keys.revoke(key.id, { reason: 'leaked' }));
  await say(verify({ plaintext }));
  for (const list of [keys.list(), keyturn.events.list(), keyturn.keyspaces.list()])
    await say(list);
  return { secrets: [plaintext, other, rootText, token], said };
}

/** As a program would see it, and as a person would print it. */
function textOf(values: readonly unknown[]): string {
  const faults = values.filter((value) => value instanceof Error);
  const words = faults.map((fault) => `${fault.message} ${fault.stack} ${inspect(fault)}`);
  return [
    JSON.stringify(values),
    inspect(values, { depth: 10, maxArrayLength: null }),
    ...words,
  ].join('\n');
}

describe.each(dataKinds)('a plaintext on $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'], options });
  });
  afterEach(() => fleet.close());

  test('security 17: stands in no answer, error, event, count, metric or log line', async () => {
    const { keyturn } = fleet.at(0);
    const { secrets, said } = await live(keyturn);
    const { items: usage } = await keyturn.usage.list({ by: 'secret' });
    expect(usage.length).toBeGreaterThan(0);
    expect(fleet.log.length).toBeGreaterThan(0);
    const text = textOf([...said, usage, keyturn.metrics(), await keyturn.readiness(), fleet.log]);
    expect(text).toContain('key.created');
    expectNothingOf(secrets, text);
  });
});

describe.each(durableKinds)('what is stored on $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'], options });
  });
  afterEach(() => fleet.close());

  test('security 17: holds no plaintext and no token', async () => {
    const { secrets } = await live(fleet.at(0).keyturn);
    const { whole } = await dumpOf(fleet.data);
    expect(whole).toContain('key.created');
    expectNothingOf(secrets, whole);
  });

  test('security 3: authenticates nobody, and redeems no set-up link', async () => {
    const { keyturn } = fleet.at(0);
    const { plaintext } = await fleet.at(0).issue();
    await keyturn.keys.create({ name: 'kept' }, { idempotencyKey: 'kept' });
    const { token } = await keyturn.setup.createToken();
    const { texts } = await dumpOf(fleet.data);
    expect(texts.length).toBeGreaterThan(50);
    for (const text of texts) {
      for (const keyspace of KEYSPACES) {
        expect(await keyturn.verify({ plaintext: text, keyspace })).toMatchObject({ valid: false });
      }
      expect(await keyturn.keys.find({ plaintext: text })).toBeNull();
      expect(await faultOf(keyturn.setup.redeem(text))).toMatchObject({ code: 'setup_refused' });
    }
    expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true });
    const root = await keyturn.setup.redeem(token);
    expect(await fleet.at(0).verify(root, { keyspace: 'keyturn' })).toMatchObject({ valid: true });
  });
});

test('security 17: a plaintext prints, joins, serialises and inspects as [redacted]', () => {
  const plaintext = new Plaintext('key_live_secret');
  const shown = [
    `${plaintext}`,
    String(plaintext),
    [plaintext].join(),
    JSON.stringify({ plaintext }),
    inspect({ plaintext }, { showHidden: true, getters: true }),
    JSON.stringify({ ...plaintext, text: plaintext }),
  ];
  for (const text of shown) {
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('key_live_secret');
  }
});

test('security 17: only these files may reveal a plaintext', async () => {
  const sources = new URL('../../src/', import.meta.url);
  const files = await readdir(sources, { recursive: true });
  const revealing: string[] = [];
  for (const file of files.filter((path) => /\.ts$/.test(path) && !/\.test\.ts$/.test(path))) {
    const text = await readFile(new URL(file, sources), 'utf8');
    if (/\breveal\b/.test(text) && file !== 'keys/plaintext.ts') revealing.push(file);
  }
  expect(revealing.toSorted()).toEqual([
    'deliver/aws-client.ts',
    'deliver/aws-secrets-manager.ts',
    'deliver/command-probe.ts',
    'deliver/command.ts',
    'deliver/compare-and-write.ts',
    'deliver/file-destination.ts',
    'deliver/github-actions-secret.ts',
    'deliver/gitlab-variable.ts',
    'deliver/http-probe.ts',
    'deliver/kubernetes-secret.ts',
    'deliver/seal.ts',
    'deliver/vault-kv.ts',
    'deliver/webhook.ts',
    'lifecycle/create-key.ts',
    'lifecycle/management.ts',
    'lifecycle/setup.ts',
    'notify/mail-body.ts',
    'notify/mail.ts',
    'notify/signature.ts',
    'notify/slack.ts',
    'notify/webhook.ts',
    'people/identity-provider.ts',
    'people/invitations.ts',
    'people/management.ts',
    'people/sessions.ts',
    'providers.ts',
    'rotation/claim-link.ts',
    'rotation/guarded.ts',
    'rotation/hand-over.ts',
    'rotation/in-hand.ts',
    'rotation/sealed.ts',
    'rotation/steps/issue.ts',
    'setup.ts',
    'sign-in.ts',
    'verify/probe.ts',
  ]);
});
