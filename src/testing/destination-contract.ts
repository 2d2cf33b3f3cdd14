import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Delivery, Destination, Reading, Writing } from '../deliver/destination.js';
import { InternalError } from '../errors.js';
import { type Digest, digestOf, isSameDigest } from '../keys/digest.js';
import { Plaintext } from '../keys/plaintext.js';

/**
 * A destination under test, and what stands behind it.
 * @public
 */
export interface DestinationTarget {
  readonly destination: Destination;
  /** What a program that uses the secret would find; null where nothing is there yet. */
  readonly value: () => Promise<string | null>;
  /** Somebody else writes. */
  readonly edit: (value: string) => Promise<void>;
  /** Is another after every write, also of the same value: a version, a time, a count. */
  readonly trace: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/**
 * Opens a target that holds this value; null: it is there, and holds nothing yet.
 * @public
 */
export type OpenTarget = (value: string | null) => Promise<DestinationTarget>;

const PIECE_LENGTH = 12;
const A_DELIVERY: Delivery = { id: 'a-rotation a-destination', secretNumber: 2 };

/** It stands nowhere else. */
function someSecret(): string {
  return `key_live_${randomBytes(24).toString('hex')}`;
}

/**
 * What every kind of destination keeps to, by name, each to be tried alone.
 * @public
 */
export const DESTINATION_PROMISES: Readonly<Record<string, (open: OpenTarget) => Promise<void>>> = {
  'is looked at without being changed': (open) =>
    withTarget(open, async (target, before) => {
      const trace = await target.trace();
      const { kind } = await target.destination.preflight();
      same('preflight() of a target that can be written', kind, 'ready');
      finds('read()', await target.destination.read(), before);
      same('what was only looked at', await target.trace(), trace);
    }),
  'holds what was written, and says so': (open) =>
    withTarget(open, async (target) => {
      const after = someSecret();
      const written = await replace(target, after);
      same('write()', written.kind, 'written');
      same('the target after write()', await target.value(), after);
      finds('readBack()', await target.destination.readBack(written), after);
      const { kind } = await target.destination.reload();
      if (kind !== 'nothing_to_do') same('reload()', kind, 'reloaded');
    }),
  'keeps what somebody else wrote meanwhile': (open) =>
    withTarget(open, async (target) => {
      const expected = await target.destination.read();
      const edit = someSecret();
      await target.edit(edit);
      const trace = await target.trace();
      const refused = await write(target, someSecret(), expected);
      drifts('write() over what another wrote', refused, digestOf(edit));
      same('what another wrote', await target.value(), edit);
      same('what was not written', await target.trace(), trace);
    }),
  'is written once, however often it is asked for': (open) =>
    withTarget(open, async (target) => {
      const after = someSecret();
      const expected = await target.destination.read();
      await write(target, after, expected);
      const trace = await target.trace();
      // As after a crash: what was read then, and what would be read now.
      for (const reading of [expected, await target.destination.read()]) {
        same('write() again', (await write(target, after, reading)).kind, 'written');
      }
      same('what was written before', await target.trace(), trace);
    }),
  'is not written where what was expected to be empty is not': (open) =>
    withTarget(open, async (target, before) => {
      const refused = await write(target, someSecret(), { kind: 'absent' });
      drifts('write() where nothing was expected', refused, digestOf(before));
      same('what stood there', await target.value(), before);
    }),
  'is filled where nothing was': async (open) => {
    const target = await open(null);
    try {
      const after = someSecret();
      same('preflight() of an empty target', (await target.destination.preflight()).kind, 'ready');
      same('read() of an empty target', (await target.destination.read()).kind, 'absent');
      same('write() into it', (await replace(target, after)).kind, 'written');
      same('the target after write()', await target.value(), after);
    } finally {
      await target.close();
    }
  },
  'never tells a value': (open) =>
    withTarget(open, async (target, before) => {
      const { destination } = target;
      const after = someSecret();
      const told: unknown[] = [destination.place, await destination.preflight()];
      const expected = await destination.read();
      told.push(expected, await replace(target, after), await write(target, before, expected));
      const now = await destination.read();
      told.push(now, await write(target, '\u0007\n', now), await destination.reload());
      told.push(inspect(destination, { depth: 9, showHidden: true }));
      tellsNothing([before, after], `${JSON.stringify(told)} ${inspect(told)}`);
    }),
};

/**
 * Tries every promise that a kind of destination makes, in any framework or none.
 * @throws {KeyturnError} `internal`, at the first that is broken: it says which, and by what.
 * @public
 */
export async function destinationContract(open: OpenTarget): Promise<void> {
  for (const [promise, keep] of Object.entries(DESTINATION_PROMISES)) {
    try {
      await keep(open);
    } catch (cause) {
      const by = cause instanceof Error ? cause.message : String(cause);
      throw new InternalError(`A destination ${promise}. This one does not: ${by}`, { cause });
    }
  }
}

async function withTarget(
  open: OpenTarget,
  act: (target: DestinationTarget, before: string) => Promise<void>,
): Promise<void> {
  const before = someSecret();
  const target = await open(before);
  try {
    await act(target, before);
  } finally {
    await target.close();
  }
}

async function replace(target: DestinationTarget, value: string): Promise<Writing> {
  return write(target, value, await target.destination.read());
}

function write(
  { destination }: DestinationTarget,
  value: string,
  expected: Reading,
): Promise<Writing> {
  return destination.write(new Plaintext(value), expected, A_DELIVERY);
}

function same(what: string, found: string | null, wanted: string | null): void {
  // Values are secrets of this test alone; who debugs wants to see them.
  if (found !== wanted)
    throw new InternalError(`${what} is ${shown(found)}, not ${shown(wanted)}.`);
}

function finds(what: string, reading: Reading, value: string): void {
  const isFound = reading.kind === 'found' && isSameDigest(reading.fingerprint, digestOf(value));
  if (isFound) return;
  const found = reading.kind === 'found' ? 'another fingerprint' : `"${reading.kind}"`;
  throw new InternalError(`${what} is ${found}, not the fingerprint of what stands there.`);
}

function drifts(what: string, writing: Writing, found: Digest): void {
  same(what, writing.kind, 'drift');
  if (writing.kind === 'drift' && writing.found !== null && isSameDigest(writing.found, found))
    return;
  throw new InternalError(`${what} does not tell the fingerprint of what it found.`);
}

function tellsNothing(secrets: readonly string[], text: string): void {
  if (!secrets.flatMap(piecesOf).some((piece) => text.includes(piece))) return;
  throw new InternalError('A value stands in what it answers, or in the object itself.');
}

/** So short that half of a value is found, and so long that none is there by chance. */
function piecesOf(secret: string): readonly string[] {
  const hidden = secret.slice('key_live_'.length);
  const pieces = [Buffer.from(secret).toString('base64').slice(0, -4)];
  for (let at = 0; at + PIECE_LENGTH <= hidden.length; at += PIECE_LENGTH / 2) {
    pieces.push(hidden.slice(at, at + PIECE_LENGTH));
  }
  return pieces;
}

function shown(value: string | null): string {
  return value === null ? 'nothing' : `"${value}"`;
}
