import { lookup } from 'node:dns/promises';
import { isIP, isIPv4 } from 'node:net';
import { classOf } from './addresses.js';
import { exchange } from './exchange.js';
import { AllowedHosts, hostIn } from './hosts.js';

/**
 * One request. Redirects are never followed: a 3xx is an answer like any other.
 */
export interface NetworkRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** `https:`, or `http:` where the operator listed its host and port. No credentials in it. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  /** For all of it: the look-up, the connection, the last byte of the answer. */
  readonly timeoutMs: number;
  /** What the answer's body may hold. */
  readonly maxBytes: number;
  /** Certificates (PEM) that are trusted instead of the platform's own. */
  readonly ca?: string | undefined;
  /** Nobody reads the body: where it breaks its bounds, or breaks off, the status says all. */
  readonly isStatusEnough?: boolean | undefined;
}

/**
 * What came back. `body` is what was sent, read as UTF-8: it may hold secrets.
 * A failure's message names the host and says what to do; it holds no path, header or body.
 * @public
 */
export type NetworkAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | NetworkFailure;

/**
 * Why nothing came back.
 * - `refused_address`: where it leads is not allowed; nothing was sent.
 * - `timeout`: also after all was sent, so that it may have been done.
 * @public
 */
export interface NetworkFailure {
  readonly kind: 'failed';
  readonly class: 'refused_address' | 'timeout' | 'unreachable' | 'tls' | 'too_large';
  readonly message: string;
}

/**
 * The way to other machines. Never throws for what happens on the network.
 * @public
 */
export interface Network {
  request(asked: NetworkRequest): Promise<NetworkAnswer>;
}

/** Every address of a host. */
type Resolve = (host: string) => Promise<readonly string[]>;

interface Means {
  readonly allowed: AllowedHosts;
  /** Where the configuration lists them. */
  readonly setting: string;
  readonly resolve: Resolve;
}

/**
 * A network on which a URL that somebody typed reaches public addresses only (OWASP ASVS 5.0
 * §1.3.6): a host is resolved once, each of its addresses is looked at, and the connection goes to
 * those very addresses. `hosts` is what the operator's configuration allows beyond: a name listed
 * there may lead into the operator's own networks; a special address (see `classOf`) must be listed
 * itself.
 * @public
 */
export function openNetwork({
  hosts = [],
  setting = 'destinations.hosts',
  resolve = addressesOf,
}: {
  readonly hosts?: readonly string[];
  /** Where the configuration lists them. */
  readonly setting?: string;
  readonly resolve?: Resolve;
}): Network {
  const means = { allowed: new AllowedHosts(hosts), setting, resolve };
  return { request: (asked) => request(asked, means) };
}

async function request(asked: NetworkRequest, means: Means): Promise<NetworkAnswer> {
  const target = targetOf(asked.url, means);
  if ('kind' in target) return target;
  const signal = AbortSignal.timeout(asked.timeoutMs);
  const addresses = await resolved(target, { signal, resolve: means.resolve });
  if ('kind' in addresses) return addresses;
  const stranger = addresses.find((address) => !mayReach(address, target, means.allowed));
  if (stranger !== undefined) return refusedAddress(target, stranger, means.setting);
  return exchange(asked, { url: target.url, place: target.place, addresses, signal });
}

/** Where a request is to go. `place` is what messages call it. */
interface Target {
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  readonly place: string;
}

function targetOf(text: string, { allowed, setting }: Means): Target | NetworkFailure {
  if (!URL.canParse(text)) return refused('What is to be asked is no URL.');
  const url = new URL(text);
  const isTls = url.protocol === 'https:';
  if (!isTls && url.protocol !== 'http:') return refused('A URL must begin with https://.');
  if (url.username !== '' || url.password !== '') {
    return refused(`The URL of ${url.host} holds a credential: name it in the connection instead.`);
  }
  const host = hostIn(url);
  const port = Number(url.port || (isTls ? 443 : 80));
  const place = `${url.hostname}:${port}`;
  if (isDisguised(text, url)) {
    return refused(`${place} is an address that was written in another way. Write it plainly.`);
  }
  if (!isTls && !allowed.has(host, port)) {
    return refused(
      `${place} would be asked over http:, in the clear. Use https:, or add "${place}" to ` +
        `"${setting}" in the server's configuration.`,
    );
  }
  return { url, host, port, place };
}

/** Decimal, octal, hexadecimal, shortened: `http://2130706433/`, `http://0x7f.1/`. */
function isDisguised(text: string, { hostname }: URL): boolean {
  return isIPv4(hostname) && !text.includes(`//${hostname}`);
}

async function resolved(
  { host, place }: Target,
  { signal, resolve }: { readonly signal: AbortSignal; readonly resolve: Resolve },
): Promise<readonly string[] | NetworkFailure> {
  if (isIP(host) !== 0) return [host];
  const found = await Promise.race([resolve(host).catch(() => []), whenAborted(signal)]);
  if (found === 'aborted') {
    return { kind: 'failed', class: 'timeout', message: `The name of ${place} was not resolved.` };
  }
  if (found.length > 0) return found;
  return { kind: 'failed', class: 'unreachable', message: `${place}: no such host.` };
}

function whenAborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}

function mayReach(address: string, { host, port }: Target, allowed: AllowedHosts): boolean {
  if (allowed.has(address, port)) return true;
  const found = classOf(address);
  return found === 'public' || (found === 'inner' && allowed.has(host, port));
}

function refusedAddress({ place, port }: Target, address: string, setting: string): NetworkFailure {
  const found = classOf(address);
  const shown = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const entry = found === 'inner' ? place : shown;
  const what = found === 'inner' ? 'an inner address' : 'a special address';
  return refused(
    `${place} leads to ${shown}, ${what}. If that is meant, add "${entry}" to ` +
      `"${setting}" in the server's configuration.`,
  );
}

function refused(message: string): NetworkFailure {
  return { kind: 'failed', class: 'refused_address', message };
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
