import type { CreatedKey, ReplayedKey } from '../public.js';
import type { Key } from '../views.js';
import { consent } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode, messageOf } from './fault.js';
import { handSecret, outFileOf, type PrivateFile } from './handover.js';
import type { Invocation } from './invocation.js';
import { keyInputFrom } from './key-input.js';
import { whereTyped } from './next-step.js';

/** `key create`: the plaintext goes to standard output or to a private file, once. */
export async function createKey(call: Invocation): Promise<ExitCode | undefined> {
  const input = keyInputFrom(call.options);
  const idempotencyKey = call.options.text('idempotencyKey');
  const file = outFileOf(call); // Before the key, so that a plaintext never has nowhere to go.
  const created = await withSession(call, ({ keys }) => keys.create(input, { idempotencyKey }));
  return await handOver(call, created, file);
}

async function handOver(
  call: Invocation,
  created: CreatedKey | ReplayedKey,
  file: PrivateFile | undefined,
): Promise<ExitCode | undefined> {
  if (!('plaintext' in created)) return await sayReplay(call, created, file);
  const { key, plaintext } = created;
  try {
    await handSecret(call, { secret: plaintext, document: created, rest: { key } }, file);
  } catch (fault) {
    sayLost(call, key, file === undefined ? '' : messageOf(fault));
    if (call.out.isJson && file !== undefined) await call.out.document({ key });
    return EXIT.refused;
  }
  const where =
    file === undefined
      ? 'This is its plaintext. It is not shown again: keep it now.'
      : `Its plaintext is in ${file.path} (mode 0600), and nowhere else.`;
  if (file !== undefined || !call.out.isJson) call.out.note(`${summaryOf(key)}\n${where}`);
  return EXIT.done;
}

/** The key is made, and stays: whoever made it has to know which one to end. */
function sayLost(call: Invocation, key: Key, reason = ''): void {
  call.out.fault(
    `${summaryOf(key)} Its plaintext could not be written: nobody has it. ${reason}`.trim(),
    endOf(call, key),
  );
}

/** Refused where a plaintext is waited for: a script would go on without one. */
async function sayReplay(
  call: Invocation,
  replayed: ReplayedKey,
  file: PrivateFile | undefined,
): Promise<ExitCode> {
  const { key } = replayed;
  if (call.out.isJson) await call.out.document(replayed);
  if (call.out.isJson && file === undefined) return EXIT.done; // It says so itself: `replayed`.
  const place = file === undefined ? '' : ` ${file.path} was not written.`;
  call.out.fault(
    `This call was made before: ${key.id} (${key.name}) is there, and its plaintext was shown then.${place} ` +
      'If nobody kept it, revoke the key and make another with a new --idempotency-key.',
    endOf(call, key),
  );
  return EXIT.refused;
}

function endOf(call: Invocation, { id }: Key): string {
  return `keyturn key revoke ${id}${consent(call)}${whereTyped(call.options)}`;
}

function summaryOf(key: Key): string {
  const owner = key.owner === null ? '' : `, owner ${key.owner}`;
  return `Created ${key.id} (${key.name}${owner}, ${key.environment}) in keyspace ${key.keyspace}.`;
}
