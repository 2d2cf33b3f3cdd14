import type { Message, MessageKey } from './message.js';

/** Chat has little room: the first keys are named, and the rest is counted. */
const MAX_KEY_LINES = 20;

/** What chat shows below the headline, a line each: paragraphs, keys, and what to do next. */
export function linesOf(message: Message): readonly string[] {
  const shown = message.keys.slice(0, MAX_KEY_LINES);
  const rest = message.keys.length > shown.length ? ['…'] : [];
  return [
    ...message.paragraphs,
    ...shown.map(lineOf),
    ...rest,
    ...(message.more === undefined ? [] : [message.more]),
    ...(message.command === undefined ? [] : [`${message.words.next}: ${message.command}`]),
  ];
}

/** A key in one line. */
export function lineOf({ name, hint, detail }: MessageKey): string {
  return `${name} (${hint}…): ${detail}`;
}
