import { afterEach, describe, expect, test } from 'vitest';
import { Plaintext } from '../../src/keys/plaintext.js';
import { mail } from '../../src/notify/mail.js';
import { messageOf } from '../../src/notify/message.js';
import type { KeyNotice } from '../../src/notify/notice.js';
import { readTemplates } from '../../src/notify/templates.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { noticeKey, noticeOf } from '../setup/notices.js';

type Files = Readonly<Record<string, string>>;

const LINK = 'https://keys.example.com/claim#clm_secret';

let server: MailServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

function folderOf(files: Files) {
  return { names: async () => Object.keys(files), read: async (name: string) => files[name] ?? '' };
}

/** The mail as it arrives, written with these files. */
async function arrivedWith(files: Files, notice: KeyNotice, locale: string) {
  server = await startMailServer();
  const { port, authorities } = server;
  const templates = await readTemplates(folderOf(files));
  const from = 'notices@keys.example.com';
  const channel = mail({
    host: 'localhost',
    port,
    security: 'starttls',
    from,
    authorities,
    templates,
  });
  const message = messageOf(notice, { role: 'owner', locale, timezone: null });
  const links =
    notice.kind === 'claim_link'
      ? new Map(notice.items.map(({ id }) => [id, new Plaintext(LINK)]))
      : new Map();
  const sender = { name: null, replyTo: null };
  const what = { message, to: ['ops@customer.example'], sender, links };
  expect(await channel.send(what, { idempotencyKey: 'ntc_1' })).toMatchObject({ kind: 'sent' });
  return server.mails[0]?.parsed;
}

async function faultsOf(files: Files): Promise<string> {
  return readTemplates(folderOf(files)).then(
    () => 'none',
    (fault: Error & { code?: string }) => `${fault.code}: ${fault.message}`,
  );
}

describe('an operator\u2019s template', () => {
  test('takes the place of the built-in text, part by part', async () => {
    const files = {
      'done.en.subject.txt': 'Moved: {{keyspace}}\n',
      'done.en.html': '<h1>{{headline}}</h1>{{#keys}}<b>{{name}}</b>{{/keys}}',
    };
    const arrived = await arrivedWith(files, noticeOf('done'), 'en-GB');
    expect(arrived?.subject).toBe('Moved: Acme Maps');
    expect(arrived?.html).toContain('<h1>API key “Acme CI”: replaced</h1><b>Acme CI</b>');
    expect(arrived?.text).toContain('There is nothing left to do.');
  });

  test('encodes in HTML what it is filled with, and leaves text alone', async () => {
    const files = {
      'done.en.html': '{{#keys}}<p title="{{name}}">{{name}}</p>{{/keys}}',
      'done.en.txt': '{{#keys}}{{name}}{{/keys}}',
    };
    const notice = noticeOf('done', [noticeKey('c', '<script>"&\'')]);
    const arrived = await arrivedWith(files, notice, 'en');
    const encoded = '&lt;script&gt;&quot;&amp;&#39;';
    expect(arrived?.html).toContain(`<p title="${encoded}">${encoded}</p>`);
    expect(arrived?.text).toContain('<script>"&\'');
  });

  test('brings a language that is not built in', async () => {
    const files = { 'done.fr.txt': 'Bonjour {{owner}}, c’est fait.{{#more}}{{more}}{{/more}}' };
    const arrived = await arrivedWith(files, noticeOf('done'), 'fr-CH');
    expect(arrived?.text).toContain('Bonjour Acme GmbH, c’est fait.');
  });

  test.each([
    ['de-CH', { 'done.de-CH.txt': 'Grüezi', 'done.de.subject.txt': 'Erledigt' }, 'Erledigt'],
    ['fr-CH', { 'done.fr.txt': 'Bonjour', 'done.en.subject.txt': 'Moved' }, 'Moved'],
  ])('is found for each part, nearest first: %s', async (locale, files, subject) => {
    const arrived = await arrivedWith(files, noticeOf('done'), locale);
    expect(arrived?.subject).toBe(subject);
    expect(arrived?.text?.trim()).toMatch(/^(Grüezi|Bonjour)$/);
  });

  test('of a claim shows the link', async () => {
    const files = { 'claim_link.en.txt': '{{#keys}}{{name}}: {{link}}{{/keys}}' };
    const arrived = await arrivedWith(files, noticeOf('claim_link'), 'en');
    expect(arrived?.text).toContain(`Acme CI: ${LINK}`);
  });
});

describe('a template is refused, by name', () => {
  test.each([
    [
      'an unknown placeholder',
      { 'done.en.txt': '{{headlin}}' },
      'done.en.txt: there is no placeholder {{headlin}} here. Did you mean {{headline}}?',
    ],
    ['what stands in a list only', { 'done.en.txt': '{{link}}' }, 'no placeholder {{link}} here.'],
    [
      'an inner field of JavaScript',
      { 'done.en.txt': '{{constructor}}' },
      'no placeholder {{constructor}}',
    ],
    [
      'a section of it',
      { 'done.en.txt': '{{#constructor}}x{{/constructor}}' },
      '{{#constructor}} is no list',
    ],
    ['a path', { 'done.en.txt': '{{keys.length}}' }, 'no placeholder {{keys.length}}'],
    ['what is not encoded', { 'done.en.html': '{{{headline}}}' }, '"{{{ or {{&" is not taken'],
    ['another file', { 'done.en.html': '{{> other}}' }, '"{{>" is not taken'],
    ['other delimiters', { 'done.en.html': '{{=<% %>=}}' }, '"{{=" is not taken'],
    ['an open section', { 'done.en.html': '{{#keys}}' }, 'opened and not closed'],
    [
      'a list in a subject',
      { 'done.en.subject.txt': '{{#keys}}{{name}}{{/keys}}' },
      '{{#keys}} is no list',
    ],
    ['a claim without its link', { 'claim_link.en.html': '{{headline}}' }, 'shows no {{link}}'],
    [
      'an unknown notice',
      { 'dome.en.txt': '' },
      'dome.en.txt: there is no notice "dome". Did you mean done?',
    ],
    ['an unknown locale', { 'done.e.txt': '' }, '"e" is no locale'],
    ['another file name', { 'notes.md': '' }, 'notes.md: a template is called'],
    ['one that no mailbox shows', { 'done.en.txt': 'x'.repeat(70_000) }, 'is longer than 64 kB.'],
  ])('with %s', async (_what, files, words) => {
    const said = await faultsOf(files);
    expect(said).toContain('config_invalid');
    expect(said).toContain(words);
  });

  test('and all faults are told together', async () => {
    const said = await faultsOf({ 'dome.en.txt': '', 'done.en.txt': '{{a}} {{headlines}}' });
    expect(said.split('\n')).toHaveLength(3);
  });
});
