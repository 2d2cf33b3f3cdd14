import { setTimeout as sleep } from 'node:timers/promises';
import type { Rotation } from '../rotation-views.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode } from './fault.js';
import { type Invocation, operandOf } from './invocation.js';
import { rotationText } from './rotation-text.js';

const LOOK_MS = 1_000;
const HOME_AND_CLEAR = '\u001b[H\u001b[J';

/**
 * `rotation watch ID`: the rotation as it is, again and again until it is done or a person has to
 * decide. On a terminal its figures move; else it is told each time something happens, with
 * `--json` in one line.
 */
export async function watchRotation(call: Invocation): Promise<ExitCode> {
  return await withSession(call, async ({ rotations }) => {
    let last = '';
    for (;;) {
      const rotation = await rotations.get(operandOf(call));
      last = await showIfNew(call, rotation, last);
      const exit = call.out.isAbandoned ? EXIT.done : exitOf(rotation);
      if (exit !== undefined) return exit;
      await sleep(LOOK_MS);
    }
  });
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
  if (call.out.isJson) return call.out.part(`${JSON.stringify(rotation)}\n`);
  const text = rotationText(rotation);
  if (call.streams.stdout.isTTY) {
    call.streams.stdout.write(HOME_AND_CLEAR);
    await call.out.text(text);
  } else await call.out.text(`${text}\n`);
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
