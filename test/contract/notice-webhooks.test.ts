import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Plaintext } from '../../src/keys/plaintext.js';
import type { Channel } from '../../src/notify/channel.js';
import { type Message, messageOf } from '../../src/notify/message.js';
import type { Notice } from '../../src/notify/notice.js';
import { slack } from '../../src/notify/slack.js';
import { webhook } from '../../src/notify/webhook.js';
import { noticeKey, noticeOf, rotationId } from '../setup/notices.js';
import { openNetwork, startWebhookServer, type WebhookServer } from '../setup/webhook-server.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const how = { idempotencyKey: 'ntc_0123456789abcdef0123456789abcdef' };
const HOSTILE = '<!channel> @everyone [x](http://evil.example) **b** <b>&';

let server: WebhookServer;
beforeEach(async () => {
  server = await startWebhookServer();
});
afterEach(() => server.close());

const outside = { network: openNetwork, nowMs: Date.now };

type Template = 'slack' | 'standard' | 'teams' | 'discord' | 'pagerduty';
const BYTES = {
  slack: 100_000,
  standard: 1_000_000,
  teams: 28_000,
  discord: 20_000,
  pagerduty: 512_000,
} as const;
const templates: readonly Template[] = ['slack', 'standard', 'teams', 'discord', 'pagerduty'];

function channelOf(template: Template, secrets: readonly string[] = [SECRET]): Channel<Message> {
  const url = new Plaintext(server.url);
  if (template === 'slack') return slack({ url }, outside);
  if (template === 'standard') {
    return webhook({ template, url, secrets: secrets.map((one) => new Plaintext(one)) }, outside);
  }
  if (template !== 'pagerduty') return webhook({ template, url }, outside);
  const routingKey = new Plaintext('routing-key-secret');
  return webhook({ template, routingKey, region: 'us', url }, outside);
}

function message(notice: Notice = noticeOf('needs_operator')): Message {
  return messageOf(notice, { role: 'operator', locale: 'en', timezone: null });
}

describe.each(templates)('a notice to %s', (template) => {
  test('is posted as JSON, and says what happened to which key', async () => {
    const outcome = await channelOf(template).send(message(), how);
    expect(outcome).toEqual({ kind: 'sent', refusedCount: 0 });
    const [posted] = server.posts;
    expect(posted?.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(posted?.text).toContain('API key “Acme CI”: the rotation needs a person');
    expect(posted?.text).toMatch(/destination has drifted/);
  });

  test.each([
    [200, 'sent'],
    [202, 'sent'],
    [204, 'sent'],
    [400, 'rejected'],
    [401, 'auth'],
    [403, 'auth'],
    [404, 'rejected'],
    [408, 'transient'],
    [410, 'rejected'],
    [413, 'rejected'],
    [429, 'throttled'],
    [500, 'transient'],
    [503, 'transient'],
  ])('that is answered %i: %s', async (status, expected) => {
    server.answerWith(status);
    const outcome = await channelOf(template).send(message(), how);
    expect(outcome.kind === 'sent' ? 'sent' : outcome.class).toBe(expected);
    expect(JSON.stringify(outcome)).not.toMatch(/in-the-path|routing-key|whsec|Acme|127\.0\.0\.1/);
  });

  test('is not sent on where it is redirected', async () => {
    server.answerWith(307, { location: server.url });
    expect(await channelOf(template).send(message(), how)).toMatchObject({ class: 'rejected' });
    expect(server.posts).toHaveLength(1);
  });

  test('is tried again where nobody answers', async () => {
    const channel = channelOf(template);
    await server.close();
    expect(await channel.send(message(), how)).toMatchObject({ class: 'transient' });
  });

  test('fits the bounds of the service, however long the names and however many the keys', async () => {
    const letters = [...'0123456789abcdefghjkmnpqrstvwxyz'];
    const keys = [...letters, ...letters].map((one) => noticeKey(one, '東'.repeat(200)));
    const labels = Array.from({ length: 200 }, (_, index) => `${'é'.repeat(60)} ${index}`);
    const { items, ...notice } = noticeOf('stragglers', keys);
    const long = { ...notice, items: items.map((item) => ({ ...item, labels })) };
    await channelOf(template).send(message(long), how);
    const [posted] = server.posts;
    expect(Buffer.byteLength(posted?.text ?? '')).toBeLessThan(BYTES[template]);
    expect(posted?.text).not.toMatch(/\\ud[89a-f]/); // Half a character.
  });
});

describe('a wait that is asked for', () => {
  const retryAfter = async (field: string) => {
    server.answerWith(429, { 'retry-after': field });
    const outcome = await channelOf('slack').send(message(), how);
    return outcome.kind === 'failed' ? outcome.retryAfterMs : undefined;
  };

  test('is told in seconds, or as a date', async () => {
    expect(await retryAfter('30')).toBe(30_000);
    expect(await retryAfter('0.5')).toBe(500); // Discord's.
    const inAMinute = await retryAfter(new Date(Date.now() + 60_000).toUTCString());
    expect(inAMinute).toBeGreaterThan(50_000);
    expect(inAMinute).toBeLessThanOrEqual(60_000);
  });

  test('is a day at most, never negative, and nothing where it cannot be read', async () => {
    expect(await retryAfter('999999999')).toBe(86_400_000);
    expect(await retryAfter('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(0);
    expect(await retryAfter('Sun, 06 Xxx 1994 08:49:37 GMT')).toBeUndefined();
    expect(await retryAfter('soon')).toBeUndefined();
  });
});

describe('our own webhook', () => {
  test('is signed as Standard Webhooks says, and a repeat has the same id', async () => {
    const channel = channelOf('standard');
    await channel.send(message(), how);
    await channel.send(message(), how);
    for (const { headers, text } of server.posts) {
      const signed = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, String(value)]),
      );
      expect(new Webhook(SECRET).verify(text, signed)).toMatchObject({
        type: 'notice.needs_operator',
        data: { keyspace: { name: 'Acme Maps' }, keyCount: 1, keys: [{ rotationId }] },
      });
      expect(headers['webhook-id']).toBe(how.idempotencyKey);
      expect(() => new Webhook(SECRET).verify(text.replace('Maps', 'Mops'), signed)).toThrow();
    }
  });

  test('is signed with both secrets while one takes the place of the other', async () => {
    const next = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    await channelOf('standard', [next, SECRET]).send(message(), how);
    const [posted] = server.posts;
    const headers = Object.fromEntries(
      Object.entries(posted?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    for (const secret of [SECRET, next]) {
      expect(new Webhook(secret).verify(posted?.text ?? '', headers)).toHaveProperty('data');
    }
  });

  test('tells times as RFC 3339', async () => {
    await channelOf('standard').send(message(noticeOf('unused')), how);
    expect(server.posts[0]?.body).toMatchObject({
      data: { keys: [{ lastUsedAt: null, disablesAt: '2026-12-11T09:30:00.000Z' }] },
    });
  });

  test.each([[[]], [['whsec_c2hvcnQ=']], [['plain']], [[SECRET, SECRET, SECRET]]])(
    'is refused secrets that cannot sign: %j',
    (secrets) => {
      const fault = expect.objectContaining({ code: 'config_invalid' });
      expect(() => channelOf('standard', secrets)).toThrow(fault);
    },
  );
});

describe('a name from outside', () => {
  const hostile = () => message(noticeOf('done', [noticeKey('c', HOSTILE)]));

  test('is no mention and no link in Slack', async () => {
    await channelOf('slack').send(hostile(), how);
    const [posted] = server.posts;
    expect(posted?.body).toHaveProperty('text', expect.stringContaining('&lt;!channel&gt;'));
    expect(posted?.text).not.toContain('mrkdwn');
  });

  test('is no mention and no link in Discord', async () => {
    await channelOf('discord').send(hostile(), how);
    const { body } = server.posts[0] ?? {};
    expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
    const escaped = String.raw`\<!channel\> \@everyone \[x\]\(http\://evil.example\) \*\*b\*\*`;
    expect(body).toHaveProperty('embeds.0.description', expect.stringContaining(escaped));
  });

  test('is read as text in Teams', async () => {
    await channelOf('teams').send(hostile(), how);
    const [posted] = server.posts;
    expect(posted?.text).not.toContain('"TextBlock"'); // It reads Markdown.
    expect(posted?.body).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive' }],
    });
  });
});

test('an alert for PagerDuty is one for each idempotency key', async () => {
  await channelOf('pagerduty').send(message(), how);
  expect(server.posts[0]?.body).toMatchObject({
    routing_key: 'routing-key-secret',
    event_action: 'trigger',
    dedup_key: how.idempotencyKey,
    payload: { severity: 'critical', class: 'needs_operator', source: 'keyturn/Acme Maps' },
  });
});
