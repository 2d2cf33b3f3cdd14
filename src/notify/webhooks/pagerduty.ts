import { cut } from '../encode.js';
import { lineOf } from '../lines.js';
import type { Message } from '../message.js';
import { shownName } from '../say.js';

// Bounds of the Events API v2.
const MAX_SUMMARY_LENGTH = 1_024;
const MAX_DEDUP_LENGTH = 255;

/**
 * An alert for PagerDuty's Events API v2. A repeat with the same key opens no second one.
 * @public
 */
export function pagerdutyBody(
  message: Message,
  { idempotencyKey, routingKey }: { readonly idempotencyKey: string; readonly routingKey: string },
): object {
  const { notice, command } = message;
  const keyspace = shownName(notice.keyspace.name);
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: cut(idempotencyKey, MAX_DEDUP_LENGTH),
    client: 'Keyturn',
    payload: {
      summary: cut(message.headline, MAX_SUMMARY_LENGTH),
      source: `keyturn/${keyspace}`,
      severity: message.severity,
      group: keyspace,
      class: notice.kind,
      custom_details: {
        text: message.paragraphs,
        keys: message.keys.map(lineOf),
        ...(command === undefined ? {} : { next: command }),
      },
    },
  };
}
