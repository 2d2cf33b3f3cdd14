import { cut } from '../encode.js';
import { linesOf } from '../lines.js';
import type { Message } from '../message.js';

// Discord's own bounds of an embed; all its texts together have at most 6000.
const MAX_TITLE_LENGTH = 256;
const MAX_DESCRIPTION_LENGTH = 4_096;
const MAX_FOOTER_LENGTH = 1_000;
const COLOR = { info: 0x3b82f6, warning: 0xd97706, critical: 0xdc2626 } as const;

/**
 * A message for a webhook of Discord. Names are escaped, and nobody is mentioned.
 * @public
 */
export function discordBody(message: Message): object {
  const description = linesOf(message).map(escapeMarkdown).join('\n');
  const embed = {
    title: cut(escapeMarkdown(message.headline), MAX_TITLE_LENGTH),
    description: cut(description, MAX_DESCRIPTION_LENGTH),
    color: COLOR[message.severity],
    footer: { text: cut(message.footer, MAX_FOOTER_LENGTH) },
  };
  return { embeds: [embed], allowed_mentions: { parse: [] } };
}

/** What Discord reads as markup stands for itself behind a backslash; so do links and mentions. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\*_~`|>#[\]()<@]|:(?=\/\/)/g, '\\$&');
}
