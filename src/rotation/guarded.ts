import type { Delivery, DeliveryFailure, Destination, Reading } from '../deliver/destination.js';
import { sha256From } from '../keys/digest.js';
import type { Plaintext } from '../keys/plaintext.js';
import { hasControl } from '../keys/text.js';

const MAX_MESSAGE_LENGTH = 500;

/** What was thrown is not told on: it may quote what stands there. */
const UNKNOWN_FAILURE: DeliveryFailure = {
  kind: 'failed',
  class: 'internal',
  message: 'Its kind has failed in a way that it does not know itself.',
};

/** Nobody checks the types of a kind that is not of ours. */
const MEANINGLESS: DeliveryFailure = {
  kind: 'failed',
  class: 'internal',
  message:
    'Its kind answered what means nothing. Try it with destinationContract of keyturn/testing.',
};

/** All of them: the compiler asks for one that is added. */
const CLASSES = {
  transient: true,
  throttled: true,
  destination_auth: true,
  target_missing: true,
  value_rejected: true,
  internal: true,
} as const satisfies Readonly<Record<DeliveryFailure['class'], true>>;
const READINGS = ['found', 'absent', 'unreadable'];
const WRITINGS = ['written', 'drift'];

/**
 * A destination whose kind may be anybody's: what it throws is a failure like any other, and what it
 * says is cut, of one line, and never the secret. An answer that means nothing is a failure, too.
 */
export function guarded(destination: Destination): Destination {
  let known: Plaintext | undefined; // What it was given: it may quote that later, too.
  return {
    place: toldOf(destination.place, undefined),
    preflight: () => safely(() => destination.preflight(), ['ready']),
    read: () => safely(() => destination.read(), READINGS),
    write: (value: Plaintext, expected: Reading, delivery: Delivery) => {
      known = value;
      return safely(() => destination.write(value, expected, delivery), WRITINGS, value);
    },
    readBack: (written) => safely(() => destination.readBack(written), READINGS, known),
    reload: () => safely(() => destination.reload(), ['reloaded', 'nothing_to_do'], known),
  };
}

async function safely<Said extends { readonly kind: string }>(
  run: () => Promise<Said | DeliveryFailure>,
  kinds: readonly string[],
  value?: Plaintext,
): Promise<Said | DeliveryFailure> {
  try {
    const answer = await run();
    if (isFailure(answer)) return soundFailure(answer, value);
    return kinds.includes(answer.kind) && hasDigests(answer) ? answer : MEANINGLESS;
  } catch {
    return UNKNOWN_FAILURE;
  }
}

function soundFailure(
  { class: told, message, retryAfterMs }: DeliveryFailure,
  value: Plaintext | undefined,
): DeliveryFailure {
  const isTime = Number.isFinite(retryAfterMs);
  return {
    kind: 'failed',
    class: Object.hasOwn(CLASSES, told) ? told : 'internal',
    message: toldOf(message, value),
    ...(isTime && { retryAfterMs }),
  };
}

/** Where it tells a fingerprint it is one, and not the value itself. */
function hasDigests(answer: { readonly kind: string }): boolean {
  const all = ['fingerprint', 'found'].map((name): unknown => Reflect.get(answer, name) ?? null);
  const told = all.filter((one) => one !== null);
  if (answer.kind === 'found' && told.length === 0) return false;
  return told.every((one) => typeof one === 'string' && sha256From(one) === one);
}

function isFailure(answer: { readonly kind: string }): answer is DeliveryFailure {
  return answer.kind === 'failed';
}

function toldOf(text: string, value: Plaintext | undefined): string {
  if (value !== undefined && text.includes(value.reveal()))
    return 'It says what it was not told to.';
  const short = text.slice(0, MAX_MESSAGE_LENGTH);
  return hasControl(short) ? 'It says what no person can read.' : short;
}
