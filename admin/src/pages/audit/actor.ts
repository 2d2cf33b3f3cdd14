import { auditText } from '../../messages/en/audit.js';

const KINDS: Readonly<Record<string, string>> = auditText.actors;

/** What kind of somebody it was, in words. */
export function actorWords(kind: string): string {
  return KINDS[kind] ?? kind;
}
