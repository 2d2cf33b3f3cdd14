import { cutOff } from '../setup/cut-off.js';
import type { Fleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const SECOND_MS = 1_000;

/**
 * An instance dies before this commit of what is done meanwhile, and with it what it had in hand; all
 * that it saw is written by then. Another takes over once nobody waits for it any more.
 */
export async function crash(
  fleet: Fleet,
  commits: number,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const time = new HeldRotations(fleet);
  let left = commits;
  fleet.at(0).store.before = (method) => {
    if (method !== 'commit') return;
    left -= 1;
    if (left < 0) throw cutOff();
  };
  await meanwhile();
  await time.pass(SECOND_MS);
  await fleet.replace(0);
  await time.pass(SECOND_MS);
}
