import type { CreatedKey, ReplayedKey } from '../public.js';
import type { Key } from '../views.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode } from './fault.js';
import { createPrivateFile, type PrivateFile } from './handover.js';
import type { Invocation } from './invocation.js';
import { keyInputFrom } from './key-input.js';

/** `key create`: the plaintext goes to standard output or to a private file, once. */
export async function createKey(call: Invocation): Promise<ExitCode | undefined> {
  const input = keyInputFrom(call.options);
  const idempotencyKey = call.options.text('idempotencyKey');
  const path = call.options.text('out');
  // Before the key, so that a plaintext never has nowhere to go.
  const file = path === undefined ? undefined : createPrivateFile(path);
  try {
    const created = await withSession(call, ({ keys }) => keys.create(input, { idempotencyKey }));
    return await handOver(call, created, file);
  } catch (fault) {
    file?.discard();
    throw fault;
  }
}

async function handOver(
  call: Invocation,
  created: CreatedKey | ReplayedKey,
  file: PrivateFile | undefined,
): Promise<ExitCode | undefined> {
  if (!('plaintext' in created)) return await sayReplay(call, created, file);
  const { key, plaintext } = created;
  if (file !== undefined) {
    file.fill(plaintext);
    call.out.note(
      `${summaryOf(key)}\nIts plaintext is in ${file.path} (mode 0600), and nowhere else.`,
    );
    if (call.out.isJson) await call.out.document({ key });
    return EXIT.done;
  }
  try {
    await (call.out.isJson ? call.out.secretDocument(created) : call.out.plaintext(plaintext));
  } catch {
    call.out.fault(
      `${summaryOf(key)} Its plaintext could not be written: nobody has it.`,
      `keyturn key revoke ${key.id}`,
    );
    return EXIT.refused;
  }
  if (!call.out.isJson) {
    call.out.note(`${summaryOf(key)}\nThis is its plaintext. It is not shown again: keep it now.`);
  }
  return EXIT.done;
}

async function sayReplay(
  call: Invocation,
  replayed: ReplayedKey,
  file: PrivateFile | undefined,
): Promise<ExitCode> {
  file?.discard();
  if (call.out.isJson) await call.out.document(replayed);
  call.out.note(
    `${summaryOf(replayed.key)}\nThis call was made before: its plaintext was shown then.`,
  );
  return EXIT.done;
}

function summaryOf(key: Key): string {
  const owner = key.owner === null ? '' : `, owner ${key.owner}`;
  return `Created ${key.id} (${key.name}${owner}, ${key.environment}) in keyspace ${key.keyspace}.`;
}
