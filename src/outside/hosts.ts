import { isIP } from 'node:net';

/** A host and its port that the operator allows, whatever address it has. */
interface Allowed {
  readonly host: string;
  /** Null: any. */
  readonly port: number | null;
}

const ENTRY = /^(\[[0-9a-fA-F:.]+\]|[^\s/@:?#[\]\\]+):(\*|\d{1,5})$/;
const MAX_PORT = 65_535;

/**
 * Whether a text is a host with its port, as the configuration lists them: `vault.internal:8200`,
 * `127.0.0.1:*`, `[::1]:8200`.
 * @public
 */
export function isHostEntry(text: string): boolean {
  return allowedOf(text) !== undefined;
}

/**
 * Whether the operator listed the host of a URL, under its port.
 * @public
 */
export function isListed(url: URL, entries: readonly string[]): boolean {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return new AllowedHosts(entries).has(hostIn(url), port);
}

/** Tells whether the operator listed a host or an address, under a port. */
export class AllowedHosts {
  readonly #entries: readonly Allowed[];

  /** An entry that cannot be read allows nothing. */
  constructor(entries: readonly string[]) {
    this.#entries = entries.flatMap((entry) => allowedOf(entry) ?? []);
  }

  has(host: string, port: number): boolean {
    return this.#entries.some((one) => one.host === host && (one.port ?? port) === port);
  }
}

function allowedOf(entry: string): Allowed | undefined {
  const [, host = '', port = ''] = ENTRY.exec(entry) ?? [];
  const url = `http://${host}/`;
  if (host === '' || !URL.canParse(url)) return undefined;
  const number = port === '*' ? null : Number(port);
  if (number !== null && (number < 1 || number > MAX_PORT)) return undefined;
  return { host: hostIn(new URL(url)), port: number };
}

/** The host of a URL as the rest of the machine spells it: an IPv6 address without brackets. */
export function hostIn({ hostname }: URL): string {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 6 ? bare : hostname;
}
