import { hash } from 'node:crypto';
import type { KeyspaceId } from '../keys/id.js';
import { canonicalJson } from './canonical.js';
import type { AuditEvent, EventDraft } from './event.js';

/**
 * The end of a keyspace's chain.
 * @public
 */
export interface ChainHead {
  readonly number: number;
  readonly hash: string;
}

/**
 * Why a chain does not verify.
 * @public
 */
export type ChainFault =
  | { readonly kind: 'gap'; readonly number: number }
  | { readonly kind: 'edited'; readonly number: number }
  | { readonly kind: 'unlinked'; readonly number: number }
  | { readonly kind: 'truncated'; readonly number: number }
  | { readonly kind: 'rewritten'; readonly number: number };

/**
 * Where a keyspace's chain begins: no event can be put before the first.
 * @public
 */
export function chainStart(keyspaceId: KeyspaceId): ChainHead {
  return { number: 0, hash: hash('sha256', `keyturn audit chain 1\n${keyspaceId}`, 'base64url') };
}

/**
 * Gives an event its place after `head`.
 * @public
 */
export function linkEvent(draft: EventDraft, head: ChainHead): AuditEvent {
  const linked = { ...draft, number: head.number + 1, previousHash: head.hash };
  return { ...linked, hash: hashOf(linked) };
}

/**
 * Checks events in the order of their numbers against what came before them.
 * @returns the new head, or the first fault.
 * @public
 */
export function verifyEvents(
  events: readonly AuditEvent[],
  head: ChainHead,
):
  | { readonly ok: true; readonly head: ChainHead }
  | { readonly ok: false; readonly fault: ChainFault } {
  let last = head;
  for (const event of events) {
    const fault = faultOf(event, last);
    if (fault !== undefined) return { ok: false, fault };
    last = event;
  }
  return { ok: true, head: { number: last.number, hash: last.hash } };
}

function faultOf(event: AuditEvent, last: ChainHead): ChainFault | undefined {
  if (event.number !== last.number + 1) return { kind: 'gap', number: last.number + 1 };
  if (event.previousHash !== last.hash) return { kind: 'unlinked', number: event.number };
  if (event.hash !== hashOf(event)) return { kind: 'edited', number: event.number };
  return undefined;
}

function hashOf(event: Omit<AuditEvent, 'hash'>): string {
  const { id, keyspaceId, type, at, actor, subject, changes, reason, requestId } = event;
  const { number, previousHash } = event;
  const facts = { id, keyspaceId, type, at, actor, subject, changes, reason, requestId };
  return hash('sha256', canonicalJson({ ...facts, number, previousHash }), 'base64url');
}
