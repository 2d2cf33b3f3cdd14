import type { RefusalAnswer, VerifiedSecret } from './verdict.js';

/** What whoever sends the old secret is told, accepted or refused: `API-Key-Status`. */
export type StatusFields = Readonly<Record<string, string>>;

const NONE: StatusFields = {};
const WITHOUT_DEADLINE: StatusFields = { 'api-key-status': 'retiring' };

/** So that the consumer's own logs show it; nothing for a secret that stays, or is not known. */
export function statusFields(secret: VerifiedSecret | undefined): StatusFields {
  if (secret?.state !== 'retiring') return NONE;
  const { deadline } = secret;
  if (deadline === undefined || deadline === null) return WITHOUT_DEADLINE;
  return { 'api-key-status': `retiring; deadline=${deadline}` };
}

/** The same in an answer about a key: when it is to be out of use, where a time is set. */
export function statusOf(secret: VerifiedSecret | undefined): {
  readonly status?: 'retiring';
  readonly deadline?: string;
} {
  if (secret?.state !== 'retiring') return {};
  const { state: status, deadline } = secret;
  return typeof deadline === 'string' ? { status, deadline } : { status };
}

/** The answer to a refused key, with what its sender is told. */
export function withStatus(
  answer: RefusalAnswer,
  secret: VerifiedSecret | undefined,
): RefusalAnswer {
  const fields = statusFields(secret);
  return fields === NONE ? answer : { ...answer, headers: { ...answer.headers, ...fields } };
}
