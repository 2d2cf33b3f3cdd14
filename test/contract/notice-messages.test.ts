import { describe, expect, test } from 'vitest';
import { languages, messageOf } from '../../src/notify/message.js';
import type { Notice } from '../../src/notify/notice.js';
import { keyNoticeKinds, noticeKey, noticeOf } from '../setup/notices.js';

const german = { role: 'owner', locale: 'de-CH', timezone: 'Europe/Zurich' } as const;
const english = { role: 'owner', locale: 'en', timezone: null } as const;

function textOf(notice: Notice, reader: typeof german | typeof english): string {
  const { headline, paragraphs, keys, more = '', footer } = messageOf(notice, reader);
  return [headline, ...paragraphs, ...keys.map(({ detail }) => detail), more, footer].join('\n');
}

describe.each(languages)('a notice in %s', (language) => {
  test.each(keyNoticeKinds)('says of %s what it is about, with nothing left open', (kind) => {
    const reader = { role: 'operator', locale: language, timezone: 'Europe/Zurich' } as const;
    const message = messageOf(noticeOf(kind), reader);
    expect(message.language).toBe(language);
    expect(message.headline).toContain('Acme CI');
    expect(message.headline).not.toContain('\n');
    expect(message.paragraphs.length).toBeGreaterThan(0);
    expect(message.keys).toMatchObject([{ name: 'Acme CI', hint: 'acme_live_a1B2' }]);
    expect(message.command).toMatch(/^keyturn (?:events|key|notice|rotation) /);
    const said = JSON.stringify({ ...message, notice: null });
    expect(said).not.toMatch(/undefined|NaN|\[object|#|Invalid/);
  });
});

describe('a message', () => {
  test('tells the time in the zone of its reader, with the offset from UTC', () => {
    const notice = noticeOf('done');
    expect(textOf(notice, german)).toContain('27. November 2026 um 10:30 GMT+01:00');
    expect(textOf(notice, english)).toMatch(/November 27, 2026 at 09:30\s?AM GMT/);
  });

  test('writes dates as the region of its reader does', () => {
    const detailFor = (locale: string) =>
      messageOf(noticeOf('done'), { ...english, locale }).keys[0]?.detail;
    expect(detailFor('en-GB')).toContain('27 November 2026 at 09:30 GMT');
    expect(detailFor('en-US')).toContain('November 27, 2026');
  });

  test('tells UTC where the zone is none that is known', () => {
    const lost = { ...english, timezone: 'Mars/Olympus' };
    expect(messageOf(noticeOf('done'), lost).keys[0]?.detail).toMatch(/09:30\s?AM GMT\+00:00$/);
  });

  test('speaks the nearest language that there is, and else English', () => {
    const speaks = (locale: string | null) =>
      messageOf(noticeOf('done'), { ...english, locale }).language;
    expect(['de', 'de-AT', 'DE-ch-1996', 'en-GB', 'fr', 'no locale', null].map(speaks)).toEqual([
      'de',
      'de',
      'de',
      'en',
      'en',
      'en',
      'en',
    ]);
  });

  test('counts keys in the forms of its language', () => {
    const two = noticeOf('claim_link', [noticeKey('c'), noticeKey('d')]);
    expect(textOf(two, english)).toContain('2 API keys');
    expect(textOf(two, english)).toContain('Each link below');
    expect(textOf(noticeOf('claim_link'), english)).toContain('API key “Acme CI”');
    expect(textOf(two, german)).toContain('2 API-Schlüssel');
  });

  test('tells a length of time in words', () => {
    expect(textOf(noticeOf('brownout_announced'), english)).toContain('for 5 minutes, 10%');
    expect(textOf(noticeOf('brownout_announced'), german)).toMatch(/Dauer 5 Minuten, 10\s?%/);
  });

  test('names the first keys of many, and counts the rest', () => {
    const letters = [...'0123456789abcdefghjkmnpqrstvwxyz'];
    const keys = [...letters, ...letters].map((letter, index) => noticeKey(letter, `k${index}`));
    const message = messageOf(noticeOf('due', keys), english);
    expect(message.keys).toHaveLength(50);
    expect(message.more).toBe('and 14 more keys');
    expect(messageOf(noticeOf('claim_link', keys), english).keys).toHaveLength(64);
  });

  test('says first that it is an emergency', () => {
    const notice = { ...noticeOf('started'), isEmergency: true };
    const message = messageOf(notice, english);
    expect(message.headline).toMatch(/^Emergency: /);
    expect(message.severity).toBe('critical');
  });

  test('gives a command to operators alone', () => {
    expect(messageOf(noticeOf('needs_operator'), english).command).toBeUndefined();
    const operator = { ...english, role: 'operator' } as const;
    expect(messageOf(noticeOf('expiring'), operator).command).toMatch(/^keyturn key show key_/);
  });

  test('sends to the link that was opened only those who have it', () => {
    const started = noticeOf('started');
    const operator = { ...english, role: 'operator' } as const;
    const germanOperator = { ...german, role: 'operator' } as const;
    expect(textOf(started, english)).toContain('open the same link again');
    expect(textOf(started, german)).toContain('denselben Link noch einmal');
    const said = [operator, germanOperator].map((reader) =>
      messageOf(started, reader).paragraphs.join(' '),
    );
    expect(said[0]).toContain('roll the rotation back');
    expect(said[1]).toContain('die Rotation zurück');
    for (const text of said) expect(text).not.toMatch(/same link|denselben Link/);
  });

  test('shows no character that is invisible or turns text around', () => {
    const notice = noticeOf('done', [noticeKey('c', 'Ac\u202eme\u0007\r\nBcc: x')]);
    const message = messageOf(notice, english);
    expect(message.headline).toContain('AcmeBcc: x');
    expect(message.keys[0]?.name).toBe('AcmeBcc: x');
  });

  test('of a digest counts notices and keys by kind', () => {
    const { keyspace } = noticeOf('done');
    const parts = [
      { kind: 'done', noticeCount: 12, keyCount: 14, firstKeys: [noticeKey()] },
      { kind: 'failed', noticeCount: 1, keyCount: 1, firstKeys: [noticeKey('d')] },
    ] as const;
    const digest = { kind: 'digest', keyspace, isEmergency: false, cycle: 'c', parts } as const;
    const message = messageOf(digest, english);
    expect(message.headline).toBe('13 notices about API keys');
    expect(message.paragraphs).toEqual(['Replaced: 14 keys', 'Failed: 1 key']);
    expect(message.more).toBe('and 13 more keys');
    expect(message.severity).toBe('critical');
  });
});
