import { setTimeout as sleep } from 'node:timers/promises';
import type { Rotation } from '../rotation-views.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode } from './fault.js';
import { type Invocation, operandOf } from './invocation.js';
import { rotationScreen } from './rotation-screen.js';
import { rotationText } from './rotation-text.js';

const LOOK_MS = 1_000;
const HOME_AND_CLEAR = '\u001b[H\u001b[J';
/** Around a screen: a line that a terminal takes for wider than it is must not become two. */
const [NO_WRAP, WRAP] = ['\u001b[?7l', '\u001b[?7h'];
const [USUAL_ROWS, USUAL_COLUMNS] = [24, 80];
const MAX_NAMED = 20; // Consumers, each time that something has happened.

/**
 * `rotation watch ID`: the rotation as it is, again and again until it is done or a person has to
 * decide. On a terminal its figures move, in what fits; else it is told each time something
 * happens, with `--json` in one line.
 */
export async function watchRotation(call: Invocation): Promise<ExitCode> {
  const { stdout } = call.streams;
  let latest: Rotation | undefined;
  const drawAgain = () => {
    // A terminal that is gone is noticed at the next look.
    if (latest !== undefined) draw(call, latest).catch(() => undefined);
  };
  if (isScreen(call)) stdout.on('resize', drawAgain);
  try {
    return await withSession(call, async ({ rotations }) => {
      let known = '';
      for (;;) {
        latest = await rotations.get(operandOf(call));
        known = await showIfNew(call, latest, known);
        const exit = call.out.isAbandoned ? EXIT.done : exitOf(latest);
        if (exit !== undefined) return exit;
        await sleep(LOOK_MS);
      }
    });
  } finally {
    stdout.off('resize', drawAgain);
  }
}

function isScreen({ streams, out }: Invocation): boolean {
  return streams.stdout.isTTY === true && !out.isJson;
}

/** @returns what is known now. */
async function showIfNew(call: Invocation, rotation: Rotation, last: string): Promise<string> {
  const known = JSON.stringify(call.streams.stdout.isTTY ? rotation : withoutFigures(rotation));
  if (known !== last) await show(call, rotation);
  return known;
}

/** They move each second: how long it was silent, and the like. */
function withoutFigures({ evidence, ...rest }: Rotation) {
  return { ...rest, evidence: evidence.map(({ figures, ...one }) => one) };
}

async function show(call: Invocation, rotation: Rotation): Promise<void> {
  if (isScreen(call)) await draw(call, rotation);
  else if (call.out.isJson) await call.out.part(`${JSON.stringify(rotation)}\n`);
  else await call.out.text(`${rotationText(rotation, MAX_NAMED)}\n`);
}

/** Draws what fits, over what was there. Some terminals say that they have no size: 0. */
function draw({ streams: { stdout }, out }: Invocation, rotation: Rotation): Promise<void> {
  const size = { rows: stdout.rows || USUAL_ROWS, columns: stdout.columns || USUAL_COLUMNS };
  return out.part(`${HOME_AND_CLEAR}${NO_WRAP}${rotationScreen(rotation, size)}\n${WRAP}`);
}

/** Undefined while there is more to come. */
function exitOf({ state }: Rotation): ExitCode | undefined {
  switch (state) {
    case 'completed':
    case 'rolled_back':
    case 'aborted':
    case 'superseded':
      return EXIT.done;
    case 'needs_operator':
      return EXIT.operator;
    default:
      return undefined;
  }
}
