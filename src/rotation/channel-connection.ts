import { UnprocessableError } from '../errors.js';
import { nearest } from '../nearest.js';

const MAX_NAMED = 10; // Connections that a refusal names.

/**
 * The connection that a channel is to name stands in the configuration: else nobody would ever be told
 * by it.
 * @throws {UnprocessableError} it does not; what there is instead is named.
 */
export function requireConnection(connection: string | undefined, known: readonly string[]): void {
  if (connection === undefined || known.includes(connection)) return;
  const message = `names "${connection}", and the configuration has no such connection.`;
  throw new UnprocessableError([
    { pointer: '/connection', message, fix: fixFor(connection, known) },
  ]);
}

function fixFor(connection: string, known: readonly string[]): string {
  const add = `dd "${connection}" to "notices.connections" of keyturn.config.json, where notices are sent.`;
  if (known.length === 0) return `A${add} There is none yet.`;
  const names = known.slice(0, MAX_NAMED).map((name) => `"${name}"`);
  const rest = known.length > MAX_NAMED ? ` and ${known.length - MAX_NAMED} more` : '';
  const there = `There is ${names.join(', ')}${rest}.`;
  const meant = nearest(connection, known);
  return meant === undefined
    ? `A${add} ${there}`
    : `Did you mean "${meant}"? Else a${add} ${there}`;
}
