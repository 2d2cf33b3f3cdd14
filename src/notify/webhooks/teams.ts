import { linesOf } from '../lines.js';
import type { Message } from '../message.js';

/** Teams refuses a message of 28 kB; the frame of each line and of the card has to fit, too. */
const MAX_TEXT_BYTES = 20_000;
const STYLE = { info: 'default', warning: 'warning', critical: 'attention' } as const;

/**
 * An Adaptive Card for a workflow of Teams ("When a Teams webhook request is received").
 * Runs of a `RichTextBlock` are no Markdown, so a name makes no link; nor is anybody mentioned.
 * @public
 */
export function teamsBody(message: Message): object {
  const headline = { ...run(message.headline), weight: 'Bolder', size: 'Medium' };
  const color = STYLE[message.severity];
  const body = [
    block([{ ...headline, color }]),
    ...fitting(linesOf(message)).map((line) => block([run(line)])),
    block([{ ...run(message.footer), isSubtle: true, size: 'Small' }]),
  ];
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body,
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

function fitting(lines: readonly string[]): readonly string[] {
  let left = MAX_TEXT_BYTES;
  const kept = lines.filter((line) => {
    left -= Buffer.byteLength(line);
    return left > 0;
  });
  return kept.length < lines.length ? [...kept, '…'] : kept;
}

function block(inlines: readonly object[]): object {
  return { type: 'RichTextBlock', inlines };
}

function run(text: string): object {
  return { type: 'TextRun', text };
}
