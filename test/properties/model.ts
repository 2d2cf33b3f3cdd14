import type { ErrorCode } from '../../src/errors.js';
import type { Environment } from '../../src/keys/format.js';
import type { CheckOptions, RefusalCode } from '../../src/verdict.js';

/** What a check of a secret answers, in one word. */
export type Outcome = 'valid' | RefusalCode;

/** What a change is answered with: it was made (or was so already), or the fault's code. */
export type Answer = 'done' | ErrorCode;

/** A secret, as far as checks tell it from another. */
export interface ModelSecret {
  readonly plaintext: string;
  readonly isRevoked: boolean;
}

/** All that is remembered of a key: no cache, no feed, no versions, one truth for everybody. */
export interface ModelKey {
  readonly id: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly state: 'active' | 'disabled' | 'revoked' | 'deleted';
  readonly expiresAt: number | null;
  readonly notBefore: number | null;
  readonly secrets: readonly ModelSecret[];
}

/** A change of one key. Times are milliseconds UTC. */
export type ModelChange =
  | { readonly kind: 'update'; readonly scopes: readonly string[] }
  | { readonly kind: 'move_expiry'; readonly to: number | null }
  | { readonly kind: 'move_start'; readonly to: number | null }
  | { readonly kind: 'disable' | 'enable' | 'revoke' | 'delete' }
  | { readonly kind: 'revoke_secret'; readonly number: number }
  | { readonly kind: 'add_secret'; readonly plaintext: string };

/** The key after a change, and how the change is answered. */
export interface Changed {
  readonly key: ModelKey;
  readonly answer: Answer;
}

/** What a change does. Deleted is gone, revoked is for ever, all else can be taken back. */
export function change(key: ModelKey, made: ModelChange, nowMs: number): Changed {
  if (key.state === 'deleted') return { key, answer: 'not_found' };
  switch (made.kind) {
    case 'revoke': {
      const secrets = key.secrets.map((secret) => ({ ...secret, isRevoked: true }));
      return { key: { ...key, state: 'revoked', secrets }, answer: 'done' };
    }
    case 'revoke_secret':
      return revokeSecret(key, made.number);
    case 'delete':
      if (key.state !== 'revoked') return { key, answer: 'state_conflict' };
      return { key: { ...key, state: 'deleted' }, answer: 'done' };
    case 'add_secret':
      return { key: { ...key, secrets: [...key.secrets, fresh(made.plaintext)] }, answer: 'done' };
    case 'disable':
    case 'enable':
    case 'update':
    case 'move_expiry':
    case 'move_start':
      if (key.state === 'revoked') return { key, answer: 'state_conflict' };
      return timed({ ...key, ...fieldsOf(made) }, key, { made, nowMs });
  }
}

/** What a check answers, in the order of domain.md. */
export function verdictOf(
  key: ModelKey,
  secret: ModelSecret,
  at: { readonly request: CheckOptions; readonly nowMs: number },
): Outcome {
  const { request, nowMs } = at;
  if (key.state === 'deleted') return 'unknown';
  if (key.state === 'revoked' || secret.isRevoked) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= nowMs) return 'expired';
  if (key.notBefore !== null && key.notBefore > nowMs) return 'not_yet_valid';
  if (key.state === 'disabled') return 'disabled';
  if ((request.environment ?? key.environment) !== key.environment) return 'wrong_environment';
  const lacksScope = request.scopes?.some((scope) => !key.scopes.includes(scope)) ?? false;
  return lacksScope ? 'insufficient_scope' : 'valid';
}

/** A secret that was issued now. */
export function fresh(plaintext: string): ModelSecret {
  return { plaintext, isRevoked: false };
}

function fieldsOf(made: ModelChange): Partial<ModelKey> {
  switch (made.kind) {
    case 'update':
      return { scopes: made.scopes };
    case 'move_expiry':
      return { expiresAt: made.to };
    case 'move_start':
      return { notBefore: made.to };
    case 'disable':
      return { state: 'disabled' };
    case 'enable':
      return { state: 'active' };
    default:
      return {};
  }
}

/** An expiry is in the future when it is set, and after the start. */
function timed(
  after: ModelKey,
  before: ModelKey,
  { made, nowMs }: { readonly made: ModelChange; readonly nowMs: number },
): Changed {
  const { expiresAt, notBefore } = after;
  const isPast = made.kind === 'move_expiry' && expiresAt !== null && expiresAt <= nowMs;
  const isUpsideDown = expiresAt !== null && notBefore !== null && notBefore >= expiresAt;
  if (isPast || isUpsideDown) return { key: before, answer: 'unprocessable' };
  return { key: after, answer: 'done' };
}

function revokeSecret(key: ModelKey, number: number): Changed {
  if (key.secrets[number - 1] === undefined) return { key, answer: 'unprocessable' };
  const secrets = key.secrets.map((secret, index) =>
    index === number - 1 ? { ...secret, isRevoked: true } : secret,
  );
  return { key: { ...key, secrets }, answer: 'done' };
}
