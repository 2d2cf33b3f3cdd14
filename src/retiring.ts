import type { VerifiedSecret } from './verdict.js';

/** What an accepted request is told on the old secret: `API-Key-Status`. */
export type StatusFields = Readonly<Record<string, string>>;

const NONE: StatusFields = {};
const WITHOUT_DEADLINE: StatusFields = { 'api-key-status': 'retiring' };

/** So that the consumer's own logs show it; nothing for a secret that stays. */
export function statusFields({ state, deadline }: VerifiedSecret): StatusFields {
  if (state !== 'retiring') return NONE;
  if (deadline === undefined || deadline === null) return WITHOUT_DEADLINE;
  return { 'api-key-status': `retiring; deadline=${deadline}` };
}
