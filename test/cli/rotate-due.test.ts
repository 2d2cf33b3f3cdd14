import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import type { NoticeOptions } from '../../src/notice-options.js';
import { systemPorts } from '../../src/ports.js';
import { HeldClock } from '../setup/held-clock.js';
import { startWebhookServer, type WebhookServer } from '../setup/webhook-server.js';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const env = { KEYTURN_PUBLIC_URL: 'https://keys.example' };

const slackAt = (file: string) => ({
  connections: { slack: { kind: 'slack', address: { file } } as const },
});

function atServer({ url }: WebhookServer, more: NoticeOptions = {}): void {
  writeFileSync(shell.path('address'), url, { mode: 0o600 });
  const notices = { ...slackAt(shell.path('address')), hosts: [new URL(url).host], ...more };
  writeFileSync(shell.path('keyturn.config.json'), JSON.stringify({ notices }));
}

/** A key that was made a month ago, and is due since yesterday. */
async function dueKey(
  deliver: 'claim' | 'notice',
  channels: readonly string[] = [],
): Promise<string> {
  const clock = new HeldClock();
  clock.setByMs(-31 * DAY_MS);
  const database = `sqlite:${shell.path('keyturn.db')}`;
  const ports = { ...systemPorts(), clock };
  const notices = channels.length === 0 ? {} : { notices: slackAt(shell.path('address')) };
  const keyturn = await makeKeyturn({ database, ...notices }, { role: 'tool', ports });
  const schedule = { every: '30d', mode: 'after', spread: '0s', deliver } as const;
  for (const name of channels) {
    await keyturn.channels.create({ name, kind: 'slack', connection: 'slack' });
  }
  const notify = channels.length === 0 ? {} : { notify: { channels } };
  await keyturn.policies.create({ name: 'monthly', schedule, ...notify });
  const { key } = await keyturn.keys.create({ name: 'hasty', policy: 'monthly' });
  await keyturn.rotateDue(); // It is planned.
  await keyturn.close();
  return key.id;
}

describe('rotate --due', () => {
  test('begins what is due once, with nothing else alive, and says what it did', async () => {
    const key = await dueKey('claim');
    const nextOf = async () =>
      textAt(await shell.json(['key', 'show', key]), 'nextRotationAt') ?? '';
    const dueAt = await nextOf();
    const dry = await shell.json(['rotate', '--due', '--dry-run'], { env });
    const begun = { key, what: 'started', rotation: null, dueAt };
    expect(dry).toMatchObject({ dryRun: true, items: [begun] });
    expect(await shell.json(['rotation', 'list'])).toMatchObject({ items: [] });
    const ran = await shell.run(['rotate', '--due'], { env });
    // Its policy tells nobody, so somebody has to make the link.
    expect(ran).toMatchObject({ exit: 4 });
    expect(ran.stdout).toMatch(
      new RegExp(`^started +${key} +hasty +20.*Z +rot_.* +by claim$`, 'm'),
    );
    expect(ran.stderr).toContain('Due: 1 key.');
    expect(Date.parse(await nextOf()) - Date.parse(dueAt)).toBe(30 * DAY_MS);
    expect((await shell.run(['key', 'show', key])).stdout).toMatch(/^next rotation +20/m);
    const again = await shell.run(['rotate', '--due', '--json'], { env });
    expect(again.exit).toBe(4);
    expect(again.json()).toMatchObject({ items: [{ key, what: 'needs_operator' }] });
    expect((await shell.run(['rotation', 'list'])).stdout).toContain('No link opens this claim');
    const { items } = { items: [], ...Object(await shell.json(['rotation', 'list'])) };
    expect(items).toHaveLength(1);
  });

  test('ends with 4 where one cannot be begun, and says why', async () => {
    await dueKey('claim');
    const ran = await shell.run(['rotate', '--due', '--json']);
    expect(ran.exit).toBe(4);
    expect(ran.json()).toMatchObject({ needsOperator: true, items: [{ what: 'not_started' }] });
    expect(textAt(ran.json(), 'items', 0, 'detail')).toContain('KEYTURN_PUBLIC_URL');
  });

  test('ends with 4 for as long as one cannot be begun, however soon it runs again', async () => {
    const key = await dueKey('claim');
    const first = await shell.run(['rotate', '--due', '--json']);
    const second = await shell.run(['rotate', '--due', '--json']);
    expect([first.exit, second.exit]).toEqual([4, 4]);
    expect(second.json()).toEqual(first.json());
    const dry = await shell.run(['rotate', '--due', '--dry-run', '--json']);
    expect(dry.exit).toBe(4);
    expect(dry.json()).toMatchObject({ items: [{ key, what: 'not_started' }] });
    // What was missing is there: it is begun at once.
    const mended = await shell.run(['rotate', '--due', '--json'], { env });
    expect(mended.json()).toMatchObject({
      items: [
        { key, what: 'started' },
        { key, what: 'needs_operator' },
      ],
    });
    expect(await shell.json(['rotation', 'list'])).toMatchObject({ items: [{ key }] });
  });

  test('says how many notices could not be sent, and how they are', async () => {
    const server = await startWebhookServer();
    try {
      atServer(server);
      await dueKey('notice', ['security', 'second']);
      server.answerWith(500);
      const ran = await shell.run(['rotate', '--due']);
      expect(ran.exit).toBe(0);
      expect(ran.stderr).toContain(
        '2 notices could not be sent, and will be tried again. Why: keyturn notice list --state waiting',
      );
      const later = await shell.json(['rotate', '--due']);
      expect(later).toMatchObject({ notices: { failing: 2, dead: 0 } });
    } finally {
      await server.close();
    }
  });

  test('says what was given up, and how it is sent anew', async () => {
    const server = await startWebhookServer();
    try {
      atServer(server);
      await dueKey('notice', ['security']);
      server.answerWith(400);
      const where = ['--database', 'sqlite:./keyturn.db'];
      const ran = await shell.run(['rotate', '--due', ...where]);
      expect(ran.exit).toBe(0);
      expect(ran.stderr).toContain('1 notice could not be sent, and will not be tried again');
      expect(ran.stderr).toContain(`keyturn notice list --state dead ${where.join(' ')}`);
      expect(await shell.json(['rotate', '--due'])).toMatchObject({
        notices: { failing: 0, dead: 1 },
      });
      const anew = /Once that is mended: keyturn (.*)$/m.exec(ran.stderr)?.[1]?.split(' ') ?? [];
      server.answerWith(200);
      // As it stands in a mail of cron, and with no terminal either.
      expect(await shell.run(anew)).toMatchObject({ exit: 0, stderr: 'Sent anew: 1 notice.\n' });
      expect(anew).toEqual(expect.arrayContaining(where));
      expect(await shell.json(['rotate', '--due'])).toMatchObject({
        notices: { failing: 0, dead: 0 },
      });
      expect(server.posts).toHaveLength(2);
    } finally {
      await server.close();
    }
  });

  test('tells operators once a day that it cannot begin, and says where to look', async () => {
    const server = await startWebhookServer();
    try {
      atServer(server);
      await dueKey('claim', ['security']);
      const ran = await shell.run(['rotate', '--due']);
      expect(ran.stderr).toContain('keyturn events list --type rotation.not_started');
      expect(server.posts).toHaveLength(1);
      expect(server.posts[0]?.text).toContain('hasty');
      expect(server.posts[0]?.text).toContain('the rotation cannot begin');
      expect(server.posts[0]?.text).toContain('KEYTURN_PUBLIC_URL');
      await shell.run(['rotate', '--due']);
      expect(server.posts).toHaveLength(1);
    } finally {
      await server.close();
    }
  });

  test('only tells where the policy says so', async () => {
    await dueKey('notice');
    const report = await shell.json(['rotate', '--due']);
    expect(report).toMatchObject({ needsOperator: false, items: [{ what: 'told' }] });
  });

  test('makes one try of each notice, whatever it finds', async () => {
    const server = await startWebhookServer();
    try {
      atServer(server);
      await dueKey('notice', ['security']);
      server.answerWith(429, { 'retry-after': '30' });
      await shell.run(['rotate', '--due']);
      expect(server.posts).toHaveLength(1);
      await shell.run(['rotate', '--due']);
      expect(server.posts).toHaveLength(1);
    } finally {
      await server.close();
    }
  });

  test('says what waits for the end of a night, which the run of the next night sends', async () => {
    const server = await startWebhookServer();
    try {
      const key = await dueKey('notice', ['security']);
      const hourAt = (hours: number) =>
        new Date(Date.now() + hours * HOUR_MS).toISOString().slice(11, 16);
      const quietHours = { from: hourAt(-4), to: hourAt(4) };
      atServer(server, { quietHours });
      const ran = await shell.run(['rotate', '--due']);
      expect(ran.exit).toBe(0);
      expect(ran.stdout).toContain(key);
      expect(ran.stderr).toMatch(/^Held: 1 notice, for quiet hours .* after 20\S+Z sends /m);
      const soon = await shell.json(['rotate', '--due']);
      expect(soon).toMatchObject({ notices: { failing: 0, dead: 0, held: 1 } });
      const until = textAt(soon, 'notices', 'heldUntil') ?? '';
      expect(until.slice(11, 16)).toBe(quietHours.to);
      expect(server.posts).toEqual([]);

      const clock = new HeldClock();
      clock.setByMs(DAY_MS);
      const host = new URL(server.url).host;
      const notices = { ...slackAt(shell.path('address')), hosts: [host], quietHours };
      const database = `sqlite:${shell.path('keyturn.db')}`;
      const ports = { ...systemPorts(), clock };
      const next = await makeKeyturn({ database, notices }, { role: 'tool', ports });
      const nextNight = await next.rotateDue();
      await next.close();
      expect(server.posts).toHaveLength(1);
      expect(nextNight.notices).toMatchObject({ held: 0, heldUntil: null });
    } finally {
      await server.close();
    }
  });

  test('asks no server: one rotates by itself', async () => {
    const ran = await shell.run(['rotate', '--due', '--server', 'http://127.0.0.1:1']);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('rotates by itself');
  });

  test('needs to be told what it rotates', async () => {
    const ran = await shell.run(['rotate']);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain('--due');
  });

  test('ends with 3 where the database is away', async () => {
    const away = 'postgres://nobody@127.0.0.1:1/none';
    const ran = await shell.run(['rotate', '--due', '--database', away]);
    expect(ran.exit).toBe(3);
  });
});
