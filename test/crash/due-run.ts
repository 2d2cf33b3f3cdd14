import { cp } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import type { NoticeOptions } from '../../src/notice-options.js';
import { systemPorts } from '../../src/ports.js';
import type { Keyturn } from '../../src/public.js';
import { type Data, durableKinds } from '../setup/data.js';
import { HeldClock } from '../setup/held-clock.js';
import type { Program } from '../setup/processes.js';

const MINUTE_MS = 60_000;
const SIDES = ['before', 'after'] as const;

/** Time in which things come to be due, and what comes of them. */
export interface DueCourse<Made> {
  /** When the run is, from the beginning on, in milliseconds. */
  readonly runAtMs: number;
  /** How people are told. Default: not at all. */
  readonly notices?: NoticeOptions;
  /** What is there before it; `at` is a Keyturn of that moment. */
  prepare(at: At): Promise<Made>;
  stateOf(keyturn: Keyturn, made: Made): Promise<object>;
}

/** Works with a Keyturn so many milliseconds after the beginning. */
type At = <T>(laterMs: number, work: (keyturn: Keyturn) => Promise<T>) => Promise<T>;

/** What came of a run, and how often it wrote. */
interface DueEnd {
  readonly outcome: object;
  readonly count: number;
}

/** What comes of it where nobody is killed, and that it is the same wherever somebody is. */
export async function killEverywhere<Made>(
  program: Program,
  course: DueCourse<Made>,
): Promise<DueEnd> {
  const data = await fileOf();
  try {
    const made = await course.prepare((laterMs, work) =>
      withKeyturn({ data, course, laterMs }, work),
    );
    const prepared: Prepared<Made> = { data, made, course, program };
    const whole = await endOf(prepared);
    for (let write = 1; write <= whole.count; write += 1) {
      const ends = await Promise.all(SIDES.map((side) => endOf(prepared, { write, side })));
      for (const [index, { outcome }] of ends.entries()) {
        expect(outcome, `killed ${SIDES[index]} write ${write}`).toEqual(whole.outcome);
      }
    }
    return whole;
  } finally {
    await data.remove();
  }
}

interface Prepared<Made> {
  readonly data: Data;
  readonly made: Made;
  readonly course: DueCourse<Made>;
  readonly program: Program;
}

interface Kill {
  readonly write: number;
  readonly side: (typeof SIDES)[number];
}

/** What comes of a copy of the database: a run that is killed, if any is, and the next one. */
async function endOf<Made>(
  { data: from, made, course, program }: Prepared<Made>,
  kill?: Kill,
): Promise<DueEnd> {
  const data = await fileOf();
  try {
    // What SQLite shares among processes (-shm) it makes anew; it may be on its way out.
    const filter = (path: string) => !path.endsWith('-shm');
    await cp(folderOf(from), folderOf(data), { recursive: true, filter });
    const { runAtMs, notices = {} } = course;
    const told = JSON.stringify(notices);
    const start = (...rest: readonly string[]) =>
      program.start(data.url, `${runAtMs}`, told, ...rest);
    if (kill === undefined) {
      const { needsOperator, count } = {
        needsOperator: null,
        count: 0,
        ...Object(await start().next()),
      };
      const then = { data, course, laterMs: runAtMs };
      const state = await withKeyturn(then, (keyturn) => course.stateOf(keyturn, made));
      return { count: Number(count), outcome: { needsOperator, ...state } };
    }
    await expect(start(`${kill.write}`, kill.side).next()).rejects.toThrow('ended');
    // The lease of who died is over.
    return await withKeyturn({ data, course, laterMs: runAtMs + MINUTE_MS }, async (keyturn) => {
      const { needsOperator } = await keyturn.rotateDue();
      return { count: 0, outcome: { needsOperator, ...(await course.stateOf(keyturn, made)) } };
    });
  } finally {
    await data.remove();
  }
}

function fileOf(): Promise<Data> {
  const kind = durableKinds.find(({ name }) => name === 'sqlite');
  if (kind === undefined) throw new Error('There is no SQLite.');
  return kind.create();
}

function folderOf({ url }: Data): string {
  return dirname(url.slice('sqlite:'.length));
}

interface Then {
  readonly data: Data;
  readonly course: Pick<DueCourse<unknown>, 'notices'>;
  readonly laterMs: number;
}

async function withKeyturn<T>(
  { data: { url, open }, course: { notices = {} }, laterMs }: Then,
  work: (keyturn: Keyturn) => Promise<T>,
): Promise<T> {
  const clock = new HeldClock();
  clock.advanceMs(laterMs);
  const ports = { ...systemPorts(), clock };
  const openStore = () => open(ports);
  const options = { database: url, publicUrl: 'https://keys.example', notices };
  const keyturn = await makeKeyturn(options, { role: 'tool', ports, openStore });
  try {
    return await work(keyturn);
  } finally {
    await keyturn.close();
  }
}
