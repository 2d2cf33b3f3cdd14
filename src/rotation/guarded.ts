import type { Delivery, DeliveryFailure, Destination, Reading } from '../deliver/destination.js';
import type { Plaintext } from '../keys/plaintext.js';
import { hasControl } from '../keys/text.js';

const MAX_MESSAGE_LENGTH = 500;

/** What was thrown is not told on: it may quote what stands there. */
const UNKNOWN_FAILURE: DeliveryFailure = {
  kind: 'failed',
  class: 'internal',
  message: 'Its kind has failed in a way that it does not know itself.',
};

/**
 * A destination whose kind may be anybody's: what it throws is a failure like any other, and what it
 * says is cut, of one line, and never the secret.
 */
export function guarded(destination: Destination): Destination {
  let known: Plaintext | undefined; // What it was given: it may quote that later, too.
  return {
    place: told(destination.place, undefined),
    preflight: () => safely(() => destination.preflight()),
    read: () => safely(() => destination.read()),
    write: (value: Plaintext, expected: Reading, delivery: Delivery) => {
      known = value;
      return safely(() => destination.write(value, expected, delivery), value);
    },
    readBack: (written) => safely(() => destination.readBack(written), known),
    reload: () => safely(() => destination.reload(), known),
  };
}

async function safely<Said extends { readonly kind: string }>(
  run: () => Promise<Said | DeliveryFailure>,
  value?: Plaintext,
): Promise<Said | DeliveryFailure> {
  try {
    const answer = await run();
    return isFailure(answer) ? { ...answer, message: told(answer.message, value) } : answer;
  } catch {
    return UNKNOWN_FAILURE;
  }
}

function isFailure(answer: { readonly kind: string }): answer is DeliveryFailure {
  return answer.kind === 'failed';
}

function told(text: string, value: Plaintext | undefined): string {
  if (value !== undefined && text.includes(value.reveal()))
    return 'It says what it was not told to.';
  const short = text.slice(0, MAX_MESSAGE_LENGTH);
  return hasControl(short) ? 'It says what no person can read.' : short;
}
