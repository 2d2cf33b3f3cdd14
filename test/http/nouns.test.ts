import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('keyspaces', () => {
  test('are created, read by name and id, changed and listed', async () => {
    const body = {
      name: 'acme',
      prefix: 'acme',
      scopes: ['reports:read'],
      staleness: '2s',
      storeLoss: '30s',
      credentials: { headers: ['X-Acme-Key'], query: 'api_key' },
    };
    const made = await world.ask('POST', '/v1/keyspaces', { body });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      name: 'acme',
      prefix: 'acme',
      isManagement: false,
      scopes: ['reports:read'],
      staleness: '2s',
      storeLoss: '30s',
      credentials: { headers: ['x-acme-key'], schemes: ['api-key', 'bearer'], query: 'api_key' },
      version: 1,
    });
    expect(new RegExp(made.json.pattern).test(`acme_live_${'a'.repeat(38)}`)).toBe(true);
    for (const nameOrId of ['acme', made.json.id]) {
      expect((await world.ask('GET', `/v1/keyspaces/${nameOrId}`)).json).toEqual(made.json);
    }
    const changed = await world.ask('PATCH', '/v1/keyspaces/acme', {
      body: { credentials: { query: null }, scopes: null },
      headers: { 'if-match': '1' },
    });
    expect(changed.json).toMatchObject({ scopes: null, version: 2 });
    expect(changed.json.credentials.query).toBeNull();
    const { json } = await world.ask('GET', '/v1/keyspaces?limit=2');
    expect(json.items.map(({ name }: { name: string }) => name)).toEqual(['acme', 'default']);
    const rest = await world.ask('GET', `/v1/keyspaces?cursor=${json.nextCursor}`);
    expect(rest.json.items.map(({ name }: { name: string }) => name)).toEqual(['keyturn']);
  });

  test('of management keys keep their scopes and the forms of a credential', async () => {
    const before = await world.ask('GET', '/v1/keyspaces/keyturn');
    for (const patch of [
      { credentials: { headers: [], schemes: ['other'] } },
      { credentials: { query: 'key' } },
      { credentials: {} },
      { scopes: ['keys:read'] },
      { scopes: null, staleness: '2s' },
    ]) {
      for (const nameOrId of ['keyturn', before.json.id]) {
        const got = await world.ask('PATCH', `/v1/keyspaces/${nameOrId}`, { body: patch });
        expect(got.status).toBe(409);
        const field = 'scopes' in patch ? 'scopes' : 'credentials';
        expect(got.json.detail).toContain(`The ${field} of the management keyspace are fixed`);
        await expect(world.keyturn.keyspaces.update(nameOrId, patch)).rejects.toMatchObject({
          code: 'state_conflict',
        });
      }
    }
    expect((await world.ask('GET', '/v1/keyspaces/keyturn')).json).toEqual(before.json);
    const changed = await world.ask('PATCH', '/v1/keyspaces/keyturn', {
      body: { staleness: '2s' },
    });
    expect(changed.json).toMatchObject({ staleness: '2s', credentials: before.json.credentials });
  });

  test('cannot be renamed, re-prefixed or made from a bound key', async () => {
    for (const body of [{ name: 'other' }, { prefix: 'other' }, { isManagement: true }]) {
      expect((await world.ask('PATCH', '/v1/keyspaces/default', { body })).status).toBe(400);
    }
    const { id } = await world.keyturn.keyspaces.get('default');
    const { plaintext: key } = await world.manager(['keyspaces:write'], [id]);
    const body = { name: 'more', prefix: 'more' };
    expect((await world.ask('POST', '/v1/keyspaces', { key, body })).status).toBe(403);
  });
});

describe('owners', () => {
  test('are created, changed, listed and erased, and the trail still verifies', async () => {
    const person = {
      name: 'Ada Lovelace',
      emails: ['ada@example.org'],
      locale: 'en-GB',
      timezone: 'Europe/London',
    };
    const made = await world.ask('POST', '/v1/owners', { body: { id: 'ada', ...person } });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ id: 'ada', keyspace: 'default', ...person, erasedAt: null });
    const changed = await world.ask('PATCH', '/v1/owners/ada', { body: { name: 'Ada King' } });
    expect(changed.json).toMatchObject({
      name: 'Ada King',
      emails: ['ada@example.org'],
      version: 2,
    });
    const before = await world.ask('GET', '/v1/events?subject=ada');
    expect(before.text).toContain('Ada Lovelace');
    const erased = await world.ask('POST', '/v1/owners/ada/erase');
    expect(erased.json).toMatchObject({ name: null, emails: [], erasedAt: expect.any(String) });
    const after = await world.ask('GET', '/v1/events?subject=ada');
    expect(after.json.items).toHaveLength(3);
    expect(after.text).not.toMatch(/Ada|example\.org/);
    const verified = await world.ask('GET', '/v1/events/verify');
    expect(verified.json.items.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
    const listed = await world.ask('GET', '/v1/owners');
    expect(listed.json.items.map(({ id }: { id: string }) => id)).toEqual(['ada']);
  });

  test('of one id in two keyspaces are two', async () => {
    await world.keyturn.keyspaces.create({ name: 'twin', prefix: 'twin' });
    await world.ask('POST', '/v1/owners', { body: { id: 'bob', name: 'Here' } });
    await world.ask('POST', '/v1/owners', { body: { id: 'bob', name: 'There', keyspace: 'twin' } });
    expect((await world.ask('GET', '/v1/owners/bob')).json.name).toBe('Here');
    expect((await world.ask('GET', '/v1/owners/bob?keyspace=twin')).json.name).toBe('There');
    await world.ask('PATCH', '/v1/owners/bob?keyspace=twin', { body: { name: 'Moved' } });
    await world.ask('POST', '/v1/owners/bob/erase?keyspace=default');
    expect((await world.ask('GET', '/v1/owners/bob?keyspace=twin')).json.name).toBe('Moved');
    expect((await world.ask('GET', '/v1/owners/bob')).json.name).toBeNull();
  });
});

describe('advice in an answer', () => {
  test('is for whoever called, and not for the command line', async () => {
    await world.keyturn.owners.create({ id: 'twice' });
    const restrictions = { keyspaces: ['nowhere'] };
    for (const [path, body, fixes] of [
      ['/v1/owners', { id: 'twice' }, /Change it instead/],
      ['/v1/keys', { name: 'x', keyspace: 'keyturn', restrictions }, /from the list of keyspaces/],
    ] as const) {
      const got = await world.ask('POST', path, { body });
      expect(got.text).toMatch(fixes);
      expect(got.text).not.toMatch(/keyturn [a-z]/);
    }
  });
});

describe('a filter', () => {
  test('with a control character is refused by its name', async () => {
    for (const [path, pointer] of [
      ['/v1/keys?search=%00', '/search'],
      ['/v1/keys?owner=a%01', '/owner'],
      ['/v1/keys?tag=a%7F', '/tag'],
      ['/v1/usage?owner=%00', '/owner'],
      ['/v1/events?subject=%00', '/subject'],
    ] as const) {
      const got = await world.ask('GET', path);
      expect([path, got.status]).toEqual([path, 400]);
      expect(got.json.errors).toMatchObject([{ pointer }]);
    }
  });
});

describe('events', () => {
  test('say who did what, under the id of the request', async () => {
    const caller = await world.manager(['keys:write']);
    const body = { name: 'traced' };
    const made = await world.ask('POST', '/v1/keys', { key: caller.plaintext, body });
    const { id } = made.json.key;
    const { json, text } = await world.ask('GET', `/v1/events?subject=${id}`);
    expect(json.items).toMatchObject([
      {
        type: 'key.created',
        keyspace: 'default',
        actor: { kind: 'management_key', id: caller.id },
        subject: { kind: 'key', id },
        requestId: made.headers.get('request-id'),
      },
    ]);
    expect(text).not.toContain(made.json.plaintext);
  });

  test('come in pages and between times', async () => {
    const first = await world.ask('GET', '/v1/events?limit=2');
    expect(first.json.items).toHaveLength(2);
    const second = await world.ask('GET', `/v1/events?limit=2&cursor=${first.json.nextCursor}`);
    const numbers = [...first.json.items, ...second.json.items].map(({ id }: { id: string }) => id);
    expect(new Set(numbers).size).toBe(4);
    expect((await world.ask('GET', '/v1/events?from=2100-01-01')).json.items).toEqual([]);
    const soon = await world.ask('GET', '/v1/events?from=soon');
    expect(soon.status).toBe(400);
    expect(soon.json.errors).toEqual([
      { pointer: '/from', message: 'is no time.', fix: expect.stringContaining('24h') },
    ]);
    const created = await world.ask('GET', '/v1/events?type=keyspace.created&keyspace=default');
    expect(created.json.items).toHaveLength(1);
  });

  test('come from so long ago, or until then, as usage does', async () => {
    await world.keyturn.keys.create({ name: 'old' });
    world.keyturn.clock.advanceMs(3_600_000);
    const { key } = await world.keyturn.keys.create({ name: 'new' });
    const ids = async (search: string) => {
      const { json } = await world.ask('GET', `/v1/events?type=key.created&${search}`);
      return json.items.map(({ subject }: { subject: { id: string } }) => subject.id);
    };
    expect(await ids('from=30m')).toEqual([key.id]);
    expect(await ids('from=24h')).toEqual(await ids(''));
    expect(await ids('to=30m')).toEqual((await ids('')).slice(1));
    const { items } = await world.keyturn.events.list({ from: '30m', type: 'key.created' });
    expect(items).toHaveLength(1);
  });

  test('security 29: are verified against a head that was kept outside', async () => {
    const { json } = await world.ask('GET', '/v1/events/verify?keyspace=default');
    const [report] = json.items;
    expect(report).toMatchObject({ keyspace: 'default', ok: true, fault: null });
    const { id } = await world.keyturn.keyspaces.get('default');
    for (const keyspace of ['default', id]) {
      const path = `/v1/events/verify?keyspace=${keyspace}`;
      const kept = await world.ask('GET', `${path}&head=${report.head.number}:${report.head.hash}`);
      expect(kept.json.items).toMatchObject([{ ok: true }]);
      const forged = report.head.hash.replace(/^./, report.head.hash.startsWith('A') ? 'B' : 'A');
      const other = await world.ask('GET', `${path}&head=${report.head.number}:${forged}`);
      expect(other.json.items).toMatchObject([{ ok: false, fault: { kind: 'rewritten' } }]);
      const longer = await world.ask('GET', `${path}&head=${report.head.number + 1}:${forged}`);
      expect(longer.json.items).toMatchObject([{ ok: false, fault: { kind: 'truncated' } }]);
    }
    const nowhere = await world.ask('GET', `/v1/events/verify?head=1:${report.head.hash}`);
    expect(nowhere.json.errors[0].pointer).toBe('/keyspace');
    expect((await world.ask('GET', '/v1/events/verify?keyspace=default&head=1')).status).toBe(400);
  });
});

describe('usage', () => {
  test('of no key is counted for the keyspace alone', async () => {
    for (const name of ['first', 'second']) {
      world.keyturn.clock.advanceMs(1); // Ids sort by time.
      await world.keyturn.keyspaces.create({ name, prefix: name });
      await world.ask('GET', `/v1/authorize?keyspace=${name}`, { key: undefined });
    }
    world.keyturn.clock.advanceMs(2_000);
    const alone = { key: null, secret: null, outcomes: { missing: 1 }, total: 1 };
    for (const keyspace of ['first', 'second']) {
      for (const by of ['key', 'secret', 'total']) {
        const path = `/v1/usage?keyspace=${keyspace}&by=${by}`;
        await expect
          .poll(async () => (await world.ask('GET', path)).json.items)
          .toMatchObject([{ ...alone, keyspace }]);
      }
    }
    const { plaintext: key } = await world.manager(
      ['usage:read'],
      [
        (await world.keyturn.keyspaces.get('first')).id,
        (await world.keyturn.keyspaces.get('second')).id,
      ],
    );
    const all = await world.ask('GET', '/v1/usage?by=secret', { key });
    expect(all.json.items).toMatchObject([
      { ...alone, keyspace: 'first' },
      { ...alone, keyspace: 'second' },
    ]);
    const first = await world.ask('GET', '/v1/usage?limit=1', { key });
    const next = `/v1/usage?limit=1&cursor=${first.json.nextCursor}`;
    expect((await world.ask('GET', next, { key })).json.items).toMatchObject([
      { ...alone, keyspace: 'second' },
    ]);
    const total = await world.ask('GET', '/v1/usage?by=total', { key });
    expect(total.json.items).toMatchObject([{ keyspace: null, outcomes: { missing: 2 } }]);
  });

  test('counts checks of a key by outcome', async () => {
    const { id, plaintext: key } = await world.newKey({ owner: 'counted', scopes: ['a:b'] });
    await world.ask('GET', '/v1/authorize', { key });
    await world.ask('GET', '/v1/authorize?scopes=a:b', { key });
    await world.ask('GET', '/v1/authorize?scopes=a:c', { key });
    world.keyturn.clock.advanceMs(2_000); // The counts are written once a second.
    const outcomes = { valid: 2, insufficient_scope: 1 };
    await expect
      .poll(async () => (await world.ask('GET', `/v1/usage?key=${id}`)).json.items)
      .toMatchObject([{ key: id, keyspace: 'default', outcomes, total: 3 }]);
    for (const search of ['owner=counted', `key=${id}&by=secret&per=day`, `key=${id}&from=1h`]) {
      const { json } = await world.ask('GET', `/v1/usage?${search}`);
      expect(json.items).toMatchObject([{ outcomes }]);
    }
    const past = await world.ask('GET', `/v1/usage?key=${id}&from=2019-01-01&to=2020-01-01`);
    expect(past.json.items).toEqual([]);
    expect((await world.ask('GET', '/v1/usage?key=nonsense')).status).toBe(400);
    expect((await world.ask('GET', '/v1/usage?per=week')).status).toBe(400);
  });
});
