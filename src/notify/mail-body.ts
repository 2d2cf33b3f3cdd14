import type { KeyId } from '../keys/id.js';
import type { Plaintext } from '../keys/plaintext.js';
import { encodeHtml } from './encode.js';
import type { Message, MessageKey } from './message.js';

/**
 * A mail to one owner, or to operators. The links of a claim travel beside the message and not in
 * it: no other channel is given them.
 * @public
 */
export interface Mail {
  readonly message: Message;
  readonly to: readonly string[];
  /** As the keyspace shows itself to its customers. */
  readonly sender: { readonly name: string | null; readonly replyTo: string | null };
  /** Of a `claim_link`, one for each key; else empty. */
  readonly links: ReadonlyMap<KeyId, Plaintext>;
}

/** The parts of a mail. Those of a `claim_link` hold a credential: hand them over, keep nothing. */
export interface MailParts {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A key as a mail shows it; `link` is empty but in a `claim_link`. */
export interface MailKey extends MessageKey {
  readonly link: string;
}

/** The built-in mail. */
export function builtInParts(message: Message, keys: readonly MailKey[]): MailParts {
  return {
    subject: message.headline,
    text: textOf(message, keys),
    html: htmlOf(message, keys),
  };
}

/** The keys of the message with their links, for this mail alone. */
export function keysWithLinks({ message, links }: Mail): readonly MailKey[] {
  return message.keys.map((key) => ({ ...key, link: links.get(key.id)?.reveal() ?? '' }));
}

function textOf(message: Message, keys: readonly MailKey[]): string {
  const list = keys.map(({ name, hint, detail, link }) => {
    const lines = [`* ${name} (${hint}…)`, `  ${detail}`, ...(link === '' ? [] : [`  ${link}`])];
    return lines.join('\n');
  });
  const next = message.command && `${message.words.next}: ${message.command}`;
  const parts = [message.headline, ...message.paragraphs, ...list, message.more, next];
  const said = parts.filter((part) => part !== undefined).join('\n\n');
  return `${said}\n\n-- \n${message.footer}\n`;
}

const ACCENT = { info: '#3b82f6', warning: '#d97706', critical: '#dc2626' } as const;

/**
 * Neither pictures nor style sheets, which readers of mail take away; no colour of text or ground,
 * so that it is light or dark as the reader's own.
 */
function htmlOf(message: Message, keys: readonly MailKey[]): string {
  const headline = encodeHtml(message.headline);
  const bar = `border-left:4px solid ${ACCENT[message.severity]};padding-left:12px`;
  const paragraphs = message.paragraphs.map((text) => `<p>${encodeHtml(text)}</p>`);
  const rows = keys.map((key) => keyHtml(key, message.words.link));
  const list = rows.length === 0 ? [] : [`<ul style="padding-left:20px">`, ...rows, '</ul>'];
  const more = message.more === undefined ? [] : [`<p>${encodeHtml(message.more)}</p>`];
  const next =
    message.command === undefined
      ? []
      : [`<p>${encodeHtml(message.words.next)}: <code>${encodeHtml(message.command)}</code></p>`];
  return [
    '<!doctype html>',
    `<html lang="${encodeHtml(message.language)}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="supported-color-schemes" content="light dark">',
    `<title>${headline}</title></head>`,
    '<body style="margin:0;padding:24px;color-scheme:light dark;font:16px/1.5 sans-serif">',
    '<div style="max-width:600px;margin:0 auto">',
    `<h1 style="font-size:20px;line-height:1.3;${bar}">${headline}</h1>`,
    ...paragraphs,
    ...list,
    ...more,
    ...next,
    `<p style="font-size:13px;opacity:0.75;margin-top:32px">${encodeHtml(message.footer)}</p>`,
    '</div></body></html>',
    '',
  ].join('\n');
}

function keyHtml({ name, hint, detail, link }: MailKey, label: string): string {
  const title = `<strong dir="auto">${encodeHtml(name)}</strong> <code>${encodeHtml(hint)}…</code>`;
  const button =
    link === ''
      ? ''
      : `<br><a href="${encodeHtml(link)}" style="display:inline-block;margin-top:8px;padding:8px 16px;border:2px solid;border-radius:6px;font-weight:bold">${encodeHtml(label)}</a>`;
  return `<li style="margin-bottom:12px">${title}<br>${encodeHtml(detail)}${button}</li>`;
}
