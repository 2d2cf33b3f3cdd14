import type { RunOutcome } from '../outside/processes.js';
import type { DeliveryFailure } from './destination.js';

export const MAX_OUTPUT_BYTES = 65_536; // A secret or its fingerprint; no program has more to say.

/** What a program may exit with to say what was wrong (sysexits.h); all else is tried again. */
export type Exits = Readonly<Record<number, readonly [DeliveryFailure['class'], string]>>;

interface How {
  /** As the configuration names it. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly exits: Exits;
  /** What a command that cannot be of use is, for whoever runs it. */
  readonly unusable: DeliveryFailure['class'];
}

/** Why a command has not done what it was run for. What it wrote is not repeated. */
export function failedRun(outcome: RunOutcome, how: How): DeliveryFailure {
  const [cls, message] = faultOf(outcome, how);
  return { kind: 'failed', class: cls, message: `The command "${how.name}" ${message}.` };
}

function faultOf(
  outcome: RunOutcome,
  { timeoutMs, exits, unusable }: How,
): readonly [DeliveryFailure['class'], string] {
  switch (outcome.kind) {
    case 'exited':
      return exits[outcome.code] ?? ['transient', `ended with exit code ${outcome.code}`];
    case 'signalled':
      return ['transient', `was ended by ${outcome.signal}`];
    case 'timed_out':
      return ['transient', `took longer than ${timeoutMs} ms and was ended`];
    case 'too_much_output':
      return [unusable, `wrote more than ${MAX_OUTPUT_BYTES} bytes and was ended`];
    case 'not_started':
      return [unusable, `could not be started (${outcome.code})`];
  }
}
