import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COURSE } from '../../src/rotation/course.js';
import type { RotationVerb } from '../../src/rotation-views.js';
import { ROTATION_STEPS } from '../../src/store/rotation.js';
import { type Data, type DataKind, durableKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldClock } from '../setup/held-clock.js';
import { postgresAbsence } from '../setup/postgres.js';
import { bundleProgram, type Program } from '../setup/processes.js';
import { scaled } from '../setup/scale.js';
import { begin, courseOf, goOn, type Move, takeOver, watched } from './course-run.js';
import { COURSES } from './courses.js';
import { type Known, People } from './people.js';
import { type Delivery, internalOf, OPTIONS } from './places.js';

const PATIENCE_MS = 600_000; // About a hundred processes.
const LANES = 3;
const OTHER_EVERY = 4;
const SIDES = ['before', 'after'] as const;

/** Every word that a person may say; a new one does not compile without a place here. */
const VERBS: Readonly<Record<RotationVerb, true>> = {
  approve: true,
  retry: true,
  skip: true,
  extend: true,
  waive: true,
  finish: true,
  rollback: true,
  abort: true,
  undo: true,
};
/** What else is a commit of its own. */
const ELSE = ['rotate', 'rotate self', 'emergency', 'open', 'disown', 'revoke', 'revoke a secret'];

/** A commit that a process dies at. */
interface Kill {
  readonly label: string;
  readonly side: 'before' | 'after';
}

let program: Program;
beforeAll(async () => {
  program = await bundleProgram('test/crash/course-program.ts');
});
afterAll(() => program.remove());

describe('a process that is killed in a rotation', () => {
  test('security 27: leaves it so that another brings it to the same end', {
    timeout: PATIENCE_MS * scaled(1),
  }, async () => {
    const killing = new Killing();
    const cuts = await killing.courses(Object.keys(COURSES));
    const further = await killing.cutAll(cuts);
    // What only whoever takes over does is cut off, too.
    for (const cut of further) if (killing.isNewWay(cut)) await killing.cutAll([cut]);
    const { moves } = killing;
    const ways = new Set(moves.flatMap((move) => move.ways));
    const all = ROTATION_STEPS.flatMap((step) => COURSE[step].map(({ to }) => `${step} → ${to}`));
    expect(all.filter((way) => !ways.has(way))).toEqual([]);
    const words = new Set(moves.map(({ word }) => word));
    expect([...Object.keys(VERBS), ...ELSE].filter((word) => !words.has(word))).toEqual([]);
  });
});

/** Processes that die one after the other, and what the last one is about to do. */
interface Cut {
  readonly name: string;
  readonly kills: readonly Kill[];
  readonly move: Move;
}

/** Courses that are cut off at each of their commits, once. */
class Killing {
  readonly #stores = new Stores();
  readonly #wholes = new Map<string, unknown>();
  readonly #killed = new Map<string, Move>();

  get moves(): readonly Move[] {
    return [...this.#killed.values()];
  }

  /** @returns where they are to be cut off: where they are alike, once. */
  async courses(names: readonly string[]): Promise<readonly Cut[]> {
    const cuts = await inLanes(names, async (name, index) => {
      const { outcome, moves } = await endOf(this.#stores.at(index), name, []);
      this.#wholes.set(name, outcome);
      return cutsAt(moves, { name, kills: [] });
    });
    const places = cuts.map(placeOf);
    return cuts.filter((_, index) => places.indexOf(places[index] ?? '') === index);
  }

  /** @returns what those who took over have done. */
  cutAll(cuts: readonly Cut[]): Promise<readonly Cut[]> {
    for (const cut of cuts) this.#killed.set(placeOf(cut), cut.move);
    return inLanes(cuts, async ({ name, kills }, index) => {
      const further: Cut[] = [];
      for (const create of this.#stores.each(index)) {
        const { outcome, moves } = await endOf(create, name, kills);
        expect(outcome, `${name}: ${JSON.stringify(kills)}`).toEqual(this.#wholes.get(name));
        further.push(...cutsAt(moves, { name, kills }));
      }
      return further;
    });
  }

  isNewWay({ move }: Cut): boolean {
    const known = new Set(this.moves.flatMap(({ ways }) => ways));
    return move.ways.some((way) => !known.has(way));
  }
}

/** What is alike is cut off once; where people do not wait, something else comes of it. */
function placeOf({ name, kills, move }: Cut): string {
  const { label, side } = kills.at(-1) ?? {};
  // Nothing is there before, whatever is begun.
  if (kills.length === 1 && label?.startsWith('begin →')) return `begin (${move.word}) ${side}`;
  return `${courseOf(name).isHasty ? name : ''} ${label} ${side}`;
}

/** Where one waits for its process or its database, the other goes on. @returns all, in order. */
async function inLanes<Item, Found>(
  items: readonly Item[],
  go: (item: Item, index: number) => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  const found: (readonly Found[])[] = [];
  const left = items.entries();
  const lane = async () => {
    for (const [index, item] of left) found[index] = await go(item, index);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return found.flat();
}

/** Mostly on SQLite: PostgreSQL takes longer to make a database than all else. In a long run, on both. */
class Stores {
  readonly #kinds = durableKinds.filter(
    ({ name }) => name !== 'postgres' || postgresAbsence() === undefined,
  );

  at(index: number): DataKind['create'] {
    const isOther = index % OTHER_EVERY === OTHER_EVERY - 1;
    const kind = this.#kinds.at(isOther ? -1 : 0);
    if (kind === undefined) throw new Error('There is no store.');
    return kind.create;
  }

  each(index: number): readonly DataKind['create'][] {
    return scaled(1) > 1 ? this.#kinds.map(({ create }) => create) : [this.at(index)];
  }
}

/**
 * Before each commit, and after the last if somebody waits for its answer; in a long run, on both
 * sides of each.
 */
function cutsAt(moves: readonly Move[], { name, kills }: Omit<Cut, 'move'>): readonly Cut[] {
  const isFull = scaled(1) > 1;
  return moves.flatMap((move, index) => {
    const isAnswered = index === moves.length - 1 && move.word !== '';
    const { label } = move;
    return SIDES.slice(0, isFull || isAnswered ? 2 : 1).map((side) => ({
      name,
      kills: [...kills, { label, side }],
      move,
    }));
  });
}

/** What a course comes to, where a process dies at each of the commits, one after the other. */
async function endOf(create: DataKind['create'], name: string, kills: readonly Kill[]) {
  const opened = await create();
  let known: Known | undefined;
  let laterMs = 0;
  for (const kill of kills) {
    const cut = await cutOff(opened.url, name, { kill, known, laterMs });
    known = cut.known;
    laterMs = cut.laterMs;
  }
  const moves: Move[] = [];
  const clock = new HeldClock();
  clock.advanceMs(laterMs);
  let people: People | undefined;
  const told = (move: Move, when: string) => {
    if (people !== undefined && when === 'after') moves.push(move);
  };
  const data: Data = {
    ...opened,
    open: async (ports) => watched(await opened.open(ports), told, () => people?.word),
  };
  const { delivery } = courseOf(name);
  const fleet = await startFleet({
    create: async () => data,
    roles: ['server'],
    options: OPTIONS,
    internal: internalOf(delivery),
    clock,
  });
  people = new People(fleet, known ?? (await begin(fleet, name)));
  if (kills.length > 0) await takeOver(people, name);
  await goOn(people, name);
  const outcome = {
    ...(await outcomeOf(fleet, people)),
    ...(await placedIn(fleet, people, delivery)),
  };
  await fleet.close();
  await people.places.remove();
  return { moves, outcome };
}

async function cutOff(
  url: string,
  name: string,
  at: { readonly kill: Kill; readonly known: Known | undefined; readonly laterMs: number },
): Promise<{ readonly known: Known; readonly laterMs: number }> {
  const { label, side } = at.kill;
  const kept = at.known === undefined ? '' : JSON.stringify(at.known);
  const killed = program.start(url, name, label, side, `${at.laterMs}`, kept);
  const known = at.known ?? toKnown(await killed.next());
  for (;;) {
    const told = toldIn(await killed.next());
    if (told.shown !== undefined) known.shown.push(told.shown);
    if (told.link !== undefined) known.links.push(told.link);
    if (told.isOver) throw new Error(`Nobody dies at "${label}".`);
    if (told.laterMs === undefined) continue;
    await expect(killed.next()).rejects.toThrow('ended');
    return { known, laterMs: told.laterMs };
  }
}

/** What a process says: what it was answered, or after how long it dies. */
function toldIn(line: unknown) {
  const told: Readonly<Record<string, unknown>> = { ...objectOf(line) };
  return {
    shown: textOf(told['shown']),
    link: textOf(told['link']),
    laterMs: told['laterMs'] === undefined ? undefined : Number(told['laterMs']),
    isOver: told['ended'] === true,
  };
}

function toKnown(line: unknown): Known {
  const { id, first }: Readonly<Record<string, unknown>> = { ...objectOf(line) };
  return { id: String(id), first: String(first), shown: [], links: [] };
}

function objectOf(line: unknown): object {
  if (typeof line !== 'object' || line === null) throw new Error('Nothing.');
  return line;
}

function textOf(told: unknown): string | undefined {
  return typeof told === 'string' ? told : undefined;
}

/** What is left in the end: who is accepted, and that all is written down. */
async function outcomeOf(fleet: Fleet, people: People) {
  const { state, secrets } = await people.key();
  const chains = await fleet.at(0).keyturn.events.verify();
  const first = await fleet.at(0).verify({ plaintext: people.known.first });
  const all = await people.rotations();
  return {
    state,
    first: first.valid ? 'valid' : first.code,
    live: secrets.map((secret) => secret.state).filter((one) => one !== 'revoked'),
    isLastKnown: (await people.accepted()).length,
    open: all.filter(({ closedAt }) => closedAt === null).length,
    brokenChains: chains.filter(({ ok }) => !ok).length,
  };
}

/** What the places have: a secret that is accepted, and is the current one. */
async function placedIn(fleet: Fleet, { places, known }: People, delivery: Delivery | undefined) {
  const { files = [], isSealed } = delivery ?? {};
  const placed: string[] = [];
  for (const file of files) {
    const verdict = await fleet.at(0).verify({ plaintext: await places.valueIn(file) });
    placed.push(verdict.valid ? verdict.secret.state : verdict.code);
  }
  if (!isSealed) return { placed };
  // Whoever took over went on with the same.
  const { secrets } = await fleet.at(0).keyturn.keys.get(known.id);
  return { placed, issuedCount: secrets.length };
}
