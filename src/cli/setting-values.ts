import type { Face } from '../http/node-server.js';

/** A setting's value, or what is wrong with what was given. */
export type Parsed<T> = { readonly value: T } | { readonly fault: string };

/** What `--faces` may name: the parts of the HTTP API a port can be narrowed to. */
const FACES: readonly Face[] = ['verify', 'authorize'];

const MAX_PORT = 65_535;
const MAX_TRUSTED_HOPS = 16; // More proxies in a row than anyone runs: rather a mistyped port.
const FILE_SHAPE = /^(?:\.{0,2}[/\\]|[A-Za-z]:[/\\])|\.(?:db|sqlite|sqlite3)$/;

/** `sqlite:./keyturn.db`, a path to a file, `postgres://…` or `memory:`. */
export function databaseUrl(given: unknown): Parsed<string> {
  if (typeof given !== 'string') return { fault: 'is not a text.' };
  if (/^(?:postgres|postgresql):\/\/./.test(given)) return { value: given };
  if (given === 'memory:' || /^sqlite:./.test(given)) return { value: given };
  if (!given.includes('://') && FILE_SHAPE.test(given)) return { value: `sqlite:${given}` };
  return {
    fault: 'is no database. Write "sqlite:./keyturn.db", "postgres://user@host/name" or "memory:".',
  };
}

/** A PostgreSQL for LISTEN, not through a pooler. */
export function postgresUrl(given: unknown): Parsed<string> {
  if (typeof given === 'string' && /^(?:postgres|postgresql):\/\/./.test(given)) {
    return { value: given };
  }
  return { fault: 'is no PostgreSQL. Write "postgres://user@host/name".' };
}

/** The absolute base of an HTTP API; without a slash at the end. */
export function httpUrl(given: unknown): Parsed<string> {
  const fault = 'is no address of a server. Write "https://keys.example.com".';
  if (typeof given !== 'string' || !URL.canParse(given)) return { fault };
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { fault };
  if (url.username !== '' || url.password !== '') {
    return { fault: 'holds a name or password. Take them out of the address.' };
  }
  if (url.search !== '' || url.hash !== '') return { fault: 'has a query or fragment.' };
  return { value: given.replace(/\/+$/, '') };
}

/** What links begin with: a server's address, whose path is the base path's affair. */
export function publicUrl(given: unknown): Parsed<string> {
  const parsed = httpUrl(given);
  if ('fault' in parsed || /^https?:\/\/[^/]+$/.test(parsed.value)) return parsed;
  return {
    fault:
      'has a path, or is written otherwise. Write "https://keys.example.com"; a path goes to --base-path.',
  };
}

/** Where the API is mounted: empty, or `/keyturn`. */
export function basePath(given: unknown): Parsed<string> {
  if (given === '' || given === '/') return { value: '' };
  if (typeof given === 'string' && /^(?:\/[A-Za-z0-9._~-]+)+$/.test(given)) return { value: given };
  return { fault: 'is no path. Write "/keyturn": a slash first, none last.' };
}

/** A name or address to listen on. */
export function hostName(given: unknown): Parsed<string> {
  if (typeof given === 'string' && /^[A-Za-z0-9.:_-]+$/.test(given)) return { value: given };
  return { fault: 'is no host. Write "127.0.0.1", or "0.0.0.0" for all interfaces.' };
}

/** A TCP port; 0 lets the system choose. */
export function port(given: unknown): Parsed<number> {
  return wholeNumber(given, MAX_PORT);
}

/** How many proxies in front may be believed. */
export function hopCount(given: unknown): Parsed<number> {
  return wholeNumber(given, MAX_TRUSTED_HOPS);
}

/** How uses are written down. */
export function recording(given: unknown): Parsed<'batched' | 'write-through'> {
  if (given === 'batched' || given === 'write-through') return { value: given };
  return { fault: 'is neither "batched" nor "write-through".' };
}

/** `verify,authorize`, or the same as a list. */
export function faces(given: unknown): Parsed<readonly Face[]> {
  const names: readonly unknown[] = typeof given === 'string' ? given.split(',') : toList(given);
  const known = FACES.filter((face) => names.includes(face));
  const isAllKnown = names.every((name) => FACES.some((face) => face === name));
  if (names.length > 0 && isAllKnown) return { value: known };
  return { fault: `names an unknown face. There are: ${FACES.join(', ')}.` };
}

/** A path to a file. */
export function filePath(given: unknown): Parsed<string> {
  if (typeof given === 'string' && !given.includes('\0')) return { value: given };
  return { fault: 'is no path.' };
}

/** A setting as it may be shown: passwords in addresses are left out. */
export function redacted(text: string): string {
  return text
    .replace(/^([a-z]+:\/\/[^/?#]*?):[^/?#]*@/i, '$1:[redacted]@')
    .replace(/([?&](?:password|sslpassword)=)[^&#]*/gi, '$1[redacted]');
}

function wholeNumber(given: unknown, max: number): Parsed<number> {
  const isDigits = typeof given === 'string' && /^\d{1,6}$/.test(given);
  const value = isDigits ? Number(given) : given;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) {
    return { value };
  }
  return { fault: `is no whole number from 0 to ${max}.` };
}

function toList(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}
