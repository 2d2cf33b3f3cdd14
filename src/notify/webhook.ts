import { ConfigInvalidError } from '../errors.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { Channel, NoticeNetwork } from './channel.js';
import type { Message } from './message.js';
import { type Post, post } from './post.js';
import { isSigningSecret, signatureHeaders } from './signature.js';
import { discordBody } from './webhooks/discord.js';
import { pagerdutyBody } from './webhooks/pagerduty.js';
import { standardBody } from './webhooks/standard.js';
import { teamsBody } from './webhooks/teams.js';

/** Who is called, and in which form. */
export type WebhookSettings =
  /** Standard Webhooks 1.0. Two secrets while one takes the other's place. */
  | {
      readonly template: 'standard';
      readonly url: Plaintext;
      readonly secrets: readonly Plaintext[];
    }
  /** The address is the credential. */
  | { readonly template: 'teams' | 'discord'; readonly url: Plaintext }
  | {
      readonly template: 'pagerduty';
      readonly routingKey: Plaintext;
      /** Where the account lives; `url` stands for both in a test. */
      readonly region: 'us' | 'eu';
      readonly url?: Plaintext;
    };

const PAGERDUTY = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;
const PLACE = {
  standard: 'The webhook',
  teams: 'Microsoft Teams',
  discord: 'Discord',
  pagerduty: 'PagerDuty',
} as const;
const MAX_SECRETS = 2;

/**
 * A webhook: our own payload with a signature, or in the form of a service.
 * @throws {ConfigInvalidError} a secret that cannot sign, or none, or more than two.
 * @public
 */
export function webhook(
  settings: WebhookSettings,
  outside: { readonly network: NoticeNetwork; readonly nowMs: () => number },
): Channel<Message> {
  requireSecrets(settings);
  const place = PLACE[settings.template];
  return {
    place,
    send(message, { idempotencyKey }) {
      const call = { message, idempotencyKey, nowMs: outside.nowMs() };
      return post(outside, { place, ...callOf(settings, call) });
    },
  };
}

function requireSecrets(settings: WebhookSettings): void {
  if (settings.template !== 'standard') return;
  const { secrets } = settings;
  const isRightCount = secrets.length > 0 && secrets.length <= MAX_SECRETS;
  if (isRightCount && secrets.every(isSigningSecret)) return;
  throw new ConfigInvalidError(
    'A webhook is signed with one secret, or two while one is replaced, each "whsec_" and 24 to ' +
      '64 bytes in base64. Make one: printf whsec_; openssl rand -base64 32',
  );
}

interface Call {
  readonly message: Message;
  readonly idempotencyKey: string;
  readonly nowMs: number;
}

function callOf(settings: WebhookSettings, call: Call): Omit<Post, 'place'> {
  switch (settings.template) {
    case 'standard': {
      const body = JSON.stringify(standardBody(call.message, call.nowMs));
      const signed = { id: call.idempotencyKey, nowMs: call.nowMs, body };
      const headers = signatureHeaders(signed, settings.secrets);
      return { url: settings.url.reveal(), headers, body };
    }
    case 'teams':
      return { url: settings.url.reveal(), body: JSON.stringify(teamsBody(call.message)) };
    case 'discord':
      return { url: settings.url.reveal(), body: JSON.stringify(discordBody(call.message)) };
    case 'pagerduty': {
      const url = settings.url?.reveal() ?? PAGERDUTY[settings.region];
      const routingKey = settings.routingKey.reveal();
      const { message, idempotencyKey } = call;
      return { url, body: JSON.stringify(pagerdutyBody(message, { idempotencyKey, routingKey })) };
    }
  }
}
