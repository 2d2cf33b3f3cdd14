import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { emailKeyOf, TRY_MEMORY_MS, type TryRow } from '../store/people.js';

/** How wrong passwords make one wait: from so many on, twice as long each time, up to a bound. */
interface BackOff {
  readonly freeCount: number;
  readonly maxMs: number;
}

const FIRST_MS = 1_000;
const QUARTER_MS = 15 * 60_000;
/** An address that guesses waits, whomever it guesses. */
const OF_ADDRESS: BackOff = { freeCount: 10, maxMs: QUARTER_MS };
/** One account from one address. */
const OF_BOTH: BackOff = { freeCount: 4, maxMs: QUARTER_MS };
/**
 * An account that is guessed from many addresses: only those that were wrong themselves wait for
 * it, so that nobody locks its owner out.
 */
const OF_ACCOUNT: BackOff = { freeCount: 10, maxMs: 60_000 };

/** Where a try is counted, by digests: no list of mail addresses comes about. */
export interface Places {
  readonly account: string;
  readonly address: string;
  readonly both: string;
}

/** Of a try for an account, from an address; IPv6 by network, which one machine has whole. */
export function placesOf(email: string, address: string | undefined): Places {
  const account = emailKeyOf(email);
  const from = networkOf(address);
  return {
    account: placeOf('account', account),
    address: placeOf('address', from),
    both: placeOf('both', account, from),
  };
}

/** How long a try has to wait still, in milliseconds; 0: not at all. */
export function waitMsOf(places: Places, before: readonly TryRow[], nowMs: number): number {
  const rowAt = (place: string) => remembered(before, place, nowMs);
  const [account, address, both] = [places.account, places.address, places.both].map(rowAt);
  const waits = [
    untilOf(address, delayMs(address, OF_ADDRESS)),
    untilOf(both, delayMs(both, OF_BOTH)),
    (both?.count ?? 0) > 0 ? untilOf(both, delayMs(account, OF_ACCOUNT)) : 0,
  ];
  return Math.max(0, ...waits.map((untilMs) => untilMs - nowMs));
}

/** Which of the tries in a row is written down: each time after some more of them. */
export function isTold(count: number): boolean {
  return count === 5 || (count >= 25 && count % 25 === 0 && isPower(count / 25));
}

function isPower(number: number): boolean {
  return number > 0 && Number.isInteger(Math.log2(number));
}

function remembered(before: readonly TryRow[], place: string, nowMs: number): TryRow | undefined {
  const row = before.find((one) => one.place === place);
  return row === undefined || row.lastAt <= nowMs - TRY_MEMORY_MS ? undefined : row;
}

function untilOf(row: TryRow | undefined, waitMs: number): number {
  return row === undefined || waitMs === 0 ? 0 : row.lastAt + waitMs;
}

function delayMs(row: TryRow | undefined, { freeCount, maxMs }: BackOff): number {
  const over = (row?.count ?? 0) - freeCount;
  return over < 0 ? 0 : Math.min(maxMs, FIRST_MS * 2 ** over);
}

function placeOf(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(['sign-in', ...parts]), 'base64url');
}

function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  return isIPv6(address) ? firstHalfOf(address) : address;
}

/** The first 64 bits; of an address that holds an IPv4 one, that. */
function firstHalfOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const all = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return all
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':');
}
