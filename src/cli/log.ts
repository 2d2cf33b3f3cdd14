import type { Log, LogFields } from '../ports.js';

const FIELDS: readonly (keyof LogFields)[] = [
  'room',
  'code',
  'requestId',
  'instanceId',
  'actorId',
  'keyspaceId',
  'keyId',
  'secretId',
  'attempt',
  'durationMs',
];

/**
 * Writes one JSON line a message. Only the listed fields are written, whatever is handed in: a
 * credential has no way into a log.
 */
export function jsonLog(write: (line: string) => void, now: () => string): Log {
  const at = (level: string) => (fields: LogFields, msg: string) => {
    const listed = FIELDS.map((name) => [name, fields[name]] as const);
    const given = listed.filter(([, value]) => value !== undefined);
    write(`${JSON.stringify({ time: now(), level, msg, ...Object.fromEntries(given) })}\n`);
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
