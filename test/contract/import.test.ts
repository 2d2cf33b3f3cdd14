import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { systemPorts } from '../../src/ports.js';
import type { Keyturn } from '../../src/public.js';
import type { ImportReport } from '../../src/views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { aForeignKey, aRow, importOne, prefixOf, saltedOf, sha512Of } from './import-rows.js';

const { random } = systemPorts();

let fleet: Fleet;
let keyturn: Keyturn;
afterEach(() => fleet.close());

describe.each(dataKinds)('an import on $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    keyturn = fleet.at(0).keyturn;
  });

  const verify = (plaintext: string) => keyturn.verify({ plaintext });

  test('takes a key over with all that is said of it', async () => {
    const plaintext = aForeignKey();
    const row = {
      name: 'Acme CI',
      owner: 'acme',
      environment: 'test',
      scopes: ['reports:read'],
      tags: ['old'],
      metadata: { plan: 'pro' },
      createdAt: '2021-03-04T05:06:07.891011Z',
      expiresAt: '2999-01-01T00:00:00Z',
      notBefore: '2021-03-04T05:06:07Z',
    } as const;
    const result = await importOne(keyturn, aRow(plaintext, row));
    expect(result).toMatchObject({ row: 0, outcome: 'created', name: 'Acme CI' });
    expect(await keyturn.keys.get(result.key ?? '')).toMatchObject({
      ...row,
      createdAt: '2021-03-04T05:06:07.891Z',
      expiresAt: '2999-01-01T00:00:00.000Z',
      notBefore: '2021-03-04T05:06:07.000Z',
      state: 'active',
      secrets: [{ number: 1, hint: prefixOf(plaintext), state: 'current' }],
    });
    const verdict = await verify(plaintext);
    expect(verdict).toMatchObject({ valid: true, key: { id: result.key, owner: 'acme' } });
    expect(await keyturn.keys.find({ plaintext })).toMatchObject({ key: { id: result.key } });
  });

  test('takes the forms that a secret can have', async () => {
    const own = mint({ prefix: 'key', environment: 'live' }, random).reveal();
    const [hex, base64url, plain, plainOwn] = [aForeignKey(), aForeignKey(), aForeignKey(), own];
    const salted = aForeignKey();
    const bare = { hash: null, prefix: null };
    const sha256 = (text: string, encoding: 'hex' | 'base64url') =>
      createHash('sha256').update(text).digest(encoding);
    const { totals } = await keyturn.keys.import({
      rows: [
        aRow(hex, { ...bare, sha256: sha256(hex, 'hex') }),
        aRow(base64url, { ...bare, sha256: sha256(base64url, 'base64url'), start: 'ab' }),
        aRow(plain, { ...bare, plaintext: plain }),
        aRow(plainOwn, { ...bare, plaintext: plainOwn }),
        aRow(salted, { hash: saltedOf(salted) }),
      ],
    });
    expect(totals).toMatchObject({ rows: 5, created: 5 });
    for (const plaintext of [hex, base64url, plain, plainOwn, salted]) {
      expect(await verify(plaintext)).toMatchObject({ valid: true });
      expect(await verify(`${plaintext.slice(0, -1)}~`)).toMatchObject({ valid: false });
    }
  });

  test('changes nothing when it is repeated', async () => {
    const plaintexts = [aForeignKey(), aForeignKey(), aForeignKey()];
    const [good = '', revoked = '', slow = ''] = plaintexts;
    const rows = [
      aRow(good),
      aRow(revoked, { state: 'revoked' }),
      aRow(slow, { hash: saltedOf(slow) }),
    ];
    await keyturn.keys.import({ rows });
    await verify(slow); // Its first good use changes how it is stored.
    const before = await keyturn.events.list({ limit: 200 });
    const again = await keyturn.keys.import({ rows });
    expect(again.totals).toMatchObject({ rows: 3, unchanged: 3 });
    expect(await keyturn.events.list({ limit: 200 })).toEqual(before);
    expect(await keyturn.events.verify()).toSatisfy((reports: { ok: boolean }[]) =>
      reports.every(({ ok }) => ok),
    );
  });

  test('says what differs, and leaves it as it is', async () => {
    const row = aRow(aForeignKey());
    const { key = '' } = await importOne(keyturn, row);
    await keyturn.keys.update(key ?? '', { name: 'ours' });
    const other = { ...row, scopes: ['a:b'], expiresAt: '2999-01-01' };
    expect(await importOne(keyturn, other)).toMatchObject({
      outcome: 'differs',
      key,
      differs: ['name', 'scopes', 'expiresAt'],
      fix: expect.stringContaining(`keyturn key show ${key}`),
    });
    expect(await keyturn.keys.get(key ?? '')).toMatchObject({ name: 'ours', scopes: [] });
  });

  test('says of a key that its source has ended that it is accepted here', async () => {
    const row = aRow(aForeignKey());
    const { key } = await importOne(keyturn, row);
    expect(await importOne(keyturn, { ...row, state: 'revoked' })).toMatchObject({
      outcome: 'differs',
      endedThere: true,
      fix: `keyturn key revoke ${key}`,
    });
    await keyturn.keys.disable(key ?? '');
    expect(await importOne(keyturn, row)).not.toHaveProperty('endedThere');
  });

  test('says of another hash of what may be the same key that nothing has to be done', async () => {
    const plaintext = aForeignKey();
    const row = aRow(plaintext, { hash: saltedOf(plaintext) });
    const { key } = await importOne(keyturn, row);
    const upgraded = { ...row, hash: sha512Of(plaintext) }; // By Django, at its first use there.
    const said = await importOne(keyturn, upgraded);
    expect(said).toMatchObject({ outcome: 'differs', key, differs: ['secret'] });
    expect(said.reason).toContain('another hash (another algorithm or salt)');
    expect(said.fix).toMatch(/^Django makes a new hash .* nothing has to be done/);
    const both = await importOne(keyturn, { ...upgraded, owner: 'other' });
    expect(both.reason).toContain('another owner, hash (another');
    expect(both.fix).toContain(`Compare: keyturn key show ${key}`);
    expect(await verify(plaintext)).toMatchObject({ valid: true });
  });

  test('refuses an id that is here with another secret: its holder would be refused', async () => {
    const row = aRow(aForeignKey());
    const { key } = await importOne(keyturn, row);
    const other = { ...row, hash: sha512Of('another') };
    const said = { outcome: 'refused', key: null, reason: expect.stringContaining('secret') };
    expect(await importOne(keyturn, other)).toMatchObject(said);
    const { rows } = await keyturn.keys.import({ rows: [{ ...other, id: 'new' }, other] });
    expect(rows).toMatchObject([{ outcome: 'created' }, said]);
    expect(await keyturn.keys.get(key ?? '')).toMatchObject({ version: 1 });
  });

  test('plans without a change when it is asked to', async () => {
    const plaintext = aForeignKey();
    const rows = [aRow(plaintext), { id: 'x' }];
    const before = await keyturn.events.list({ limit: 200 });
    const report = await keyturn.keys.import({ rows, dryRun: true });
    expect(report).toMatchObject({ dryRun: true, totals: { created: 1, refused: 1 } });
    expect(report.rows[0]).toMatchObject({ outcome: 'created', key: null });
    expect(await keyturn.events.list({ limit: 200 })).toEqual(before);
    expect(await verify(plaintext)).toMatchObject({ code: 'malformed' });
  });

  test.each([
    ['', 'imported '],
    ['   ', 'imported '],
    ['\u202eabc\u202c', 'abc'],
    ['a\u0000b\u200bc\nd', 'abcd'],
    ['x'.repeat(300), 'x'.repeat(200)],
  ])('keeps a key whose name is %j, and says that it was changed', async (name, kept) => {
    const plaintext = aForeignKey();
    const result = await importOne(keyturn, aRow(plaintext, { name }));
    expect(result).toMatchObject({
      outcome: 'created',
      name: kept === 'imported ' ? kept + prefixOf(plaintext) : kept,
      notes: [expect.stringContaining('it was changed')],
    });
    expect(await verify(plaintext)).toMatchObject({ valid: true });
  });

  test('takes a key with characters beyond ASCII, and says how a request has to bring them', async () => {
    const plaintext = `${aForeignKey()}-schlüssel`;
    const result = await importOne(keyturn, { id: 'a', name: 'a', plaintext });
    expect(result).toMatchObject({
      outcome: 'created',
      notes: [expect.stringContaining('Latin-1')],
    });
    expect(await verify(plaintext)).toMatchObject({ valid: true });
  });

  test('does not say so of a key with a space', async () => {
    const plaintext = `${aForeignKey()} tail`;
    const result = await importOne(keyturn, { id: 'a', name: 'a', plaintext });
    expect(result.notes ?? []).not.toContainEqual(expect.stringContaining('Latin-1'));
  });

  test('keeps a name that is allowed as it is', async () => {
    for (const name of [
      '  padded  ',
      '日本語キー 🔑 é',
      '=HYPERLINK("http://x")',
      'x'.repeat(50),
    ]) {
      const result = await importOne(keyturn, aRow(aForeignKey(), { name }));
      expect(result).toMatchObject({ outcome: 'created', name });
      expect(result.notes).toBeUndefined();
    }
  });

  test('keeps the state in which a key was', async () => {
    const [revoked, disabled, expired] = [aForeignKey(), aForeignKey(), aForeignKey()];
    await keyturn.keys.import({
      rows: [
        aRow(revoked, { state: 'revoked' }),
        aRow(disabled, { state: 'disabled' }),
        aRow(expired, { expiresAt: '0001-01-01T00:00:00.000000Z' }),
      ],
    });
    expect(await verify(revoked)).toMatchObject({ code: 'revoked' });
    expect(await verify(disabled)).toMatchObject({ code: 'disabled' });
    expect(await verify(expired)).toMatchObject({ code: 'expired' });
  });

  test('lets a key live through the instant that a source of microseconds names', async () => {
    const now = new Date(fleet.clock.nowMs()).toISOString().slice(0, -1);
    const earlier = new Date(fleet.clock.nowMs() - 1).toISOString().slice(0, -1);
    const cases = [
      [`${now}000Z`, true],
      [`${now}001Z`, true],
      [`${now}Z`, false], // Of whole milliseconds: as everywhere here, it has ended then.
      [`${earlier}999Z`, false],
      ['9999-12-31T23:59:59.999999Z', true],
    ] as const;
    for (const [expiresAt, valid] of cases) {
      const plaintext = aForeignKey();
      expect(await importOne(keyturn, aRow(plaintext, { expiresAt }))).toMatchObject({
        outcome: 'created',
      });
      expect([expiresAt, (await verify(plaintext)).valid]).toEqual([expiresAt, valid]);
    }
  });

  test('makes each key with its event, and no event of an upgrade', async () => {
    const plaintext = aForeignKey();
    const { key } = await importOne(keyturn, aRow(plaintext, { hash: saltedOf(plaintext) }));
    await verify(plaintext);
    const { items } = await keyturn.events.list({ subject: key ?? '' });
    expect(items).toMatchObject([{ type: 'key.created', reason: 'imported' }]);
  });

  test('of the same rows, made twice at once, makes each key once', async () => {
    const rows = Array.from({ length: 20 }, () => aRow(aForeignKey()));
    const reports = await Promise.all([1, 2, 3].map(() => keyturn.keys.import({ rows })));
    const created = reports.reduce((sum, { totals }) => sum + totals.created, 0);
    const unchanged = reports.reduce((sum, { totals }) => sum + totals.unchanged, 0);
    expect({ created, unchanged }).toEqual({ created: 20, unchanged: 40 });
  });

  test('knows its rows where another import makes them while it looks', async () => {
    const rows = [aRow(aForeignKey())];
    const { store } = fleet.at(0);
    let earlier: ImportReport | undefined;
    store.after = async (method) => {
      if (method !== 'findImported') return;
      store.after = undefined;
      earlier = await keyturn.keys.import({ rows });
    };
    const { rows: results } = await keyturn.keys.import({ rows });
    expect(earlier?.totals).toMatchObject({ created: 1 });
    expect(results).toMatchObject([{ outcome: 'unchanged', key: earlier?.rows[0]?.key }]);
  });

  test('answers a repeated call with an idempotency key as the first time', async () => {
    const rows = [aRow(aForeignKey())];
    const first = await keyturn.keys.import({ rows }, { idempotencyKey: 'one' });
    const again = await keyturn.keys.import({ rows }, { idempotencyKey: 'one' });
    expect(again).toEqual({ ...first, replayed: true });
    await expect(
      keyturn.keys.import({ rows: [aRow(aForeignKey())] }, { idempotencyKey: 'one' }),
    ).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  });
});
