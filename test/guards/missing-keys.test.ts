import { describe, expect, test } from 'vitest';
import { requireKey } from '../../src/guards/fetch.js';
import type { Keyturn } from '../../src/public.js';
import type { KeyspaceInput } from '../../src/views.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';

const URL = 'https://api.example/reports';
const JWT = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln';

/** A keyspace's own forms, and how a refusal tells of them. */
const forms: readonly {
  readonly credentials: NonNullable<KeyspaceInput['credentials']>;
  readonly told: string;
  readonly challenge: string;
}[] = [
  {
    credentials: {},
    told: 'Authorization: Api-Key <key>',
    challenge: 'Api-Key realm="pay", Bearer realm="pay"',
  },
  {
    credentials: { headers: ['x-pay-key'], schemes: [] },
    told: 'X-Pay-Key: <key>',
    challenge: 'Api-Key realm="pay", header="x-pay-key"',
  },
  {
    credentials: { headers: [], schemes: ['pay-token'] },
    told: 'Authorization: Pay-Token <key>',
    challenge: 'Pay-Token realm="pay"',
  },
  {
    credentials: { headers: ['x-pay-key'], schemes: ['bearer'] },
    told: 'Authorization: Bearer <key>',
    challenge: 'Bearer realm="pay"',
  },
];

describe('a request without a key', () => {
  test.each(forms)('is told a way that is accepted: $told', async (form) => {
    const keyturn = await startKeyturn();
    const { credentials } = form;
    await keyturn.keyspaces.create({ name: 'pay', prefix: 'pay', credentials });
    const refused = await ask(keyturn, {});
    expect(refused.status).toBe(401);
    expect(refused.challenge).toBe(form.challenge);
    const told = /Send it as "([^:]+): ([^"]+)"\.$/.exec(refused.detail);
    expect(`${told?.[1]}: ${told?.[2]}`).toBe(form.told);
    const plaintext = await plaintextOf(keyturn, { keyspace: 'pay' });
    const headers = { [told?.[1] ?? '']: (told?.[2] ?? '').replace('<key>', plaintext) };
    expect(await ask(keyturn, headers)).toMatchObject({ status: 200 });
  });

  test('is told the forms of its own keyspace by the HTTP API, too', async () => {
    const keyturn = await startKeyturn();
    const credentials = { headers: ['x-pay-key'], schemes: [] };
    await keyturn.keyspaces.create({ name: 'pay', prefix: 'pay', credentials });
    const answer = await keyturn.handler(
      new Request('https://api.example/v1/authorize?keyspace=pay'),
    );
    expect(answer.headers.get('www-authenticate')).toBe('Api-Key realm="pay", header="x-pay-key"');
    expect(await answer.text()).toContain('X-Pay-Key: <key>');
  });
});

/** What stands in `Authorization` instead of a credential; `KEY` is a good key. */
const mistakes: readonly {
  readonly sent: string;
  readonly mistake: string | undefined;
  readonly said: string;
}[] = [
  { sent: 'Bearer "KEY"', mistake: 'quotes', said: 'has quotes around it' },
  { sent: "bearer 'KEY'", mistake: 'quotes', said: 'has quotes around it' },
  { sent: '"KEY"', mistake: 'quotes', said: 'has quotes around it' },
  { sent: 'KEY', mistake: 'no_scheme', said: 'no scheme before it that is accepted' },
  { sent: 'Token KEY', mistake: 'no_scheme', said: 'no scheme before it that is accepted' },
  { sent: 'ApiKey: KEY', mistake: 'no_scheme', said: 'no scheme before it that is accepted' },
  { sent: `Bearer ${JWT}`, mistake: undefined, said: 'carries no API key' },
  { sent: 'Basic dXNlcjprZXlfbGl2ZV8=', mistake: undefined, said: 'carries no API key' },
  { sent: 'Token monkey_live_show', mistake: undefined, said: 'carries no API key' },
];

describe('a key that does not count where it stands', () => {
  test.each(mistakes)(
    'is missing, and the mistake is named: $sent',
    async ({ sent, mistake, said }) => {
      const keyturn = await startKeyturn();
      const plaintext = await plaintextOf(keyturn);
      const authorization = sent.replace('KEY', plaintext);
      const raw = ['Accept', '*/*', 'AUTHORIZATION', authorization];
      for (const headers of [raw, new Headers({ authorization })]) {
        const verdict = await keyturn.verify({ headers });
        expect(verdict).toEqual({ valid: false, code: 'missing', ...(mistake && { mistake }) });
        if (verdict.valid) throw new Error('Admitted without a key.');
        const { detail } = JSON.parse(keyturn.refusalAnswer(verdict).body);
        expect(detail).toContain(said);
        expect(detail).toMatch(/ Send it as "Authorization: Api-Key <key>"\.$/);
        expect(detail).not.toContain(plaintext);
      }
    },
  );

  test.each(mistakes)('leaves a key in a header of its own alone: $sent', async ({ sent }) => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const other = await plaintextOf(keyturn);
    const headers = ['Authorization', sent.replace('KEY', other), 'X-API-Key', plaintext];
    expect(await keyturn.verify({ headers })).toMatchObject({ valid: true });
  });
});

async function ask(keyturn: Keyturn, headers: Record<string, string>) {
  const handler = requireKey(keyturn, { keyspace: 'pay' }).guarded(() => Response.json({}));
  const answer = await handler(new Request(URL, { headers }));
  const body: { detail?: string } = JSON.parse(await answer.text());
  const challenge = answer.headers.get('www-authenticate');
  return { status: answer.status, challenge, detail: body.detail ?? '' };
}
