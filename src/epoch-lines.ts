// The lines of the file that remembers a database's last change: see EpochFile.

/** A change that was seen in a database. */
export interface Epoch {
  /** Of which database: the id of its management keyspace, which no other has. */
  readonly database: string;
  readonly sequence: number;
  /** The change's last event. */
  readonly event: string;
  /** When it was made, by the database's clock, in milliseconds UTC. */
  readonly at: number;
}

/** A line of the file. After a `reset` nothing before it counts. */
export interface Line extends Epoch {
  readonly reset?: true;
  /** What was before it could not be read, and nobody has accepted that yet. */
  readonly unknown?: true;
}

/** A line, or what no process of ours can have left there. */
export type Entry = Line | 'damage';

const MAX_TORN_LENGTH = 512; // A line has about 150 characters.
/** The beginning of a line; after a power cut its end may be there as zeros. */
const TORN = /^(?:\{(?:"[\w":,-]*)?)?\0*$/;
const DAMAGE_MARK = 'damaged'; // Keeps in a shortened file that there was damage.

/** The furthest since the last reset: two processes may have written in another order. */
export function lastOf(entries: readonly Entry[], database: string): Line | undefined {
  let last: Line | undefined;
  for (const entry of entries) {
    if (entry === 'damage' || entry.database !== database) continue;
    if (entry.reset === true || isLater(entry, last)) last = entry;
  }
  return last;
}

export function lastResetOf(entries: readonly Entry[], database: string): Line | undefined {
  return entries.findLast(
    (entry): entry is Line =>
      entry !== 'damage' && entry.database === database && entry.reset === true,
  );
}

/** Nothing before a reset counts, nor does damage. */
export function isDamagedFor(entries: readonly Entry[], database: string): boolean {
  let isDamaged = false;
  for (const entry of entries) {
    if (entry === 'damage') isDamaged = true;
    else if (entry.database === database && entry.reset === true) isDamaged = false;
  }
  return isDamaged;
}

/**
 * The last line of each database, and where its memory began; and that there was damage, for those it
 * still counts for.
 */
export function keptOf(entries: readonly Entry[]): readonly string[] {
  const databases = new Set(entries.flatMap((entry) => (entry === 'damage' ? [] : entry.database)));
  const lines = [...databases].flatMap((database) => keptFor(entries, database));
  const texts = lines.map((line) => JSON.stringify(line));
  return entries.includes('damage') ? [DAMAGE_MARK, ...texts] : texts;
}

function keptFor(entries: readonly Entry[], database: string): readonly Line[] {
  const last = lastOf(entries, database);
  if (last === undefined) return [];
  const { reset: _reset, ...line } = last;
  if (isDamagedFor(entries, database)) return [line];
  const begun = lastResetOf(entries, database);
  return begun === undefined || begun === last ? [{ ...line, reset: true }] : [begun, line];
}

export function isLater(epoch: Epoch, than: Epoch | undefined): boolean {
  return than === undefined || epoch.database !== than.database || epoch.sequence > than.sequence;
}

export function entriesIn(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const part of text.split('\n')) {
    const line = lineIn(part);
    if (line !== undefined) entries.push(line);
    else if (!isTorn(part, entries.length === 0)) entries.push('damage');
  }
  return entries;
}

/**
 * What a process leaves that is killed while it writes: that change was not answered yet. Zeros
 * before any line are no end of one.
 */
function isTorn(text: string, isFirst: boolean): boolean {
  if (isFirst && text.includes('\0')) return false;
  return text.length <= MAX_TORN_LENGTH && TORN.test(text);
}

function lineIn(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is Line {
  if (typeof value !== 'object' || value === null) return false;
  const { database, sequence, event, at }: Partial<Record<keyof Line, unknown>> = value;
  return (
    typeof database === 'string' &&
    typeof event === 'string' &&
    Number.isSafeInteger(sequence) &&
    Number.isSafeInteger(at)
  );
}
