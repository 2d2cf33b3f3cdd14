import type { Plaintext } from '../keys/plaintext.js';
import type { Channel, NoticeNetwork } from './channel.js';
import { cut } from './encode.js';
import { linesOf } from './lines.js';
import type { Message } from './message.js';
import { post } from './post.js';

// Slack's own bounds (Block Kit reference): a longer text is refused as a whole.
const MAX_HEADER_LENGTH = 150;
const MAX_SECTION_LENGTH = 3_000;
const MAX_BLOCKS = 50;

/**
 * An incoming webhook of Slack. Its address is its credential.
 * @public
 */
export function slack(
  settings: { readonly url: Plaintext },
  outside: { readonly network: NoticeNetwork; readonly nowMs: () => number },
): Channel<Message> {
  const place = 'Slack';
  return {
    place,
    // Slack knows no idempotency key: a repeat after a lost answer shows twice.
    send: (message) =>
      post(outside, {
        place,
        url: settings.url.reveal(),
        body: JSON.stringify(slackBody(message)),
      }),
  };
}

/** Texts are `plain_text`, in which no name becomes a link, a mention or a format. */
function slackBody(message: Message): object {
  const header = { type: 'header', text: plain(message.headline, MAX_HEADER_LENGTH) };
  const sections = linesOf(message).map((line) => ({
    type: 'section',
    text: plain(line, MAX_SECTION_LENGTH),
  }));
  const footer = { type: 'context', elements: [plain(message.footer, MAX_SECTION_LENGTH)] };
  return {
    text: encodeMrkdwn(message.headline), // What a notification shows; it is read as markup.
    blocks: [header, ...sections.slice(0, MAX_BLOCKS - 2), footer],
  };
}

function plain(text: string, maxLength: number): object {
  return { type: 'plain_text', text: cut(text, maxLength), emoji: false };
}

/** The three characters that begin and end a mention or a link (Slack, "Escaping text"). */
function encodeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
