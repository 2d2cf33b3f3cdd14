import type { RotationPlan } from '../rotation-plan-views.js';
import type { RotateAnswer, RotateInput, Rotation } from '../rotation-views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { type Session, withSession } from './connect.js';
import { EXIT, type ExitCode, messageOf, UsageFault } from './fault.js';
import { createPrivateFile, type PrivateFile } from './handover.js';
import { type Invocation, operandOf } from './invocation.js';
import { isForMany, rotateMany } from './key-rotate-many.js';

/** `key rotate ID`: the new secret goes to standard output or to a private file, once. */
export async function rotateKey(call: Invocation): Promise<ExitCode> {
  if (isForMany(call)) return await rotateMany(call);
  if (call.operands.length === 0) {
    throw new UsageFault('Which key? Give its id, or many by --owner, --tag or --keyspace.');
  }
  const input = inputFrom(call);
  // What is for ever is asked about; an ordinary rotation can be rolled back.
  if (input.compromised === true) requireConsent(call);
  return await withSession(call, async (session) => {
    const refused = await sayFirst(call, session, input);
    return refused ?? (await rotate(call, session, input));
  });
}

/** What would happen: for a dry run alone, and before an emergency. */
async function sayFirst(
  call: Invocation,
  { keys }: Session,
  input: RotateInput,
): Promise<ExitCode | undefined> {
  const isDry = call.options.has('dryRun');
  if (!isDry && input.compromised !== true) return undefined;
  const planned = await keys.rotate(operandOf(call), { ...input, dryRun: true });
  if (!('plan' in planned)) return EXIT.operator;
  if (isDry) return await sayPlan(call, planned.plan);
  return (await isConfirmed(call, planned.plan.says)) ? undefined : EXIT.refused;
}

async function rotate(call: Invocation, { keys }: Session, input: RotateInput): Promise<ExitCode> {
  const path = call.options.text('out');
  const file = path === undefined ? undefined : createPrivateFile(path);
  const idempotencyKey = call.options.text('idempotencyKey');
  const answer = await keys.rotate(operandOf(call), input, { idempotencyKey }).catch((fault) => {
    file?.discard();
    throw fault;
  });
  if ('plan' in answer) return await sayPlan(call, answer.plan);
  if ('claim' in answer) return await passOn(call, answer, file);
  return 'plaintext' in answer
    ? await handOver(call, answer, file)
    : await sayWaiting(call, answer, file);
}

function inputFrom(call: Invocation): RotateInput {
  const { options } = call;
  return {
    overlap: options.text('overlap'),
    reason: options.text('reason'),
    ...(options.text('deliver') === 'claim' ? { deliver: 'claim' } : {}),
    ...(options.has('keep') ? { keep: true } : {}),
    ...(options.has('compromised') ? { compromised: true } : {}),
  };
}

async function sayPlan(call: Invocation, plan: RotationPlan): Promise<ExitCode> {
  if (call.out.isJson) await call.out.document({ plan });
  else {
    const isOfMany = plan.ends.length > 1;
    const who = plan.consumers.map(({ label, lastUsedAt, secrets }) => {
      const used = isOfMany ? `, secret ${secrets.join(' and ')}` : '';
      return `  ${label}${used}, last ${lastUsedAt}`;
    });
    const used = isOfMany ? 'They are used by:' : 'It is used by:';
    const said = [plan.says, ...(who.length > 0 ? [used, ...who] : [])];
    await call.out.text([...said, 'This was a dry run: nothing was changed.'].join('\n'));
  }
  return EXIT.done;
}

/** A repeated call, or one that waits for another person. */
async function sayWaiting(
  call: Invocation,
  answer: Exclude<RotateAnswer, { readonly plan: RotationPlan }>,
  file: PrivateFile | undefined,
): Promise<ExitCode> {
  file?.discard();
  const { rotation } = answer;
  const isRepeated = 'replayed' in answer;
  if (call.out.isJson) await call.out.document(answer);
  else if (isRepeated) call.out.note('This call was made before: the secret was shown then.');
  else call.out.note(`Rotation ${rotation.id} waits for ${rotation.asks ?? 'an approval'}.`);
  return isRepeated ? EXIT.done : EXIT.operator;
}

/** The link is all that has to be kept: whoever opens it gets the secret. */
async function passOn(
  call: Invocation,
  answer: Claimed,
  file: PrivateFile | undefined,
): Promise<ExitCode> {
  const { key, rotation, claim } = answer;
  try {
    file?.fill(claim.url);
    if (file === undefined && call.out.isJson) await call.out.secretDocument(answer);
    else if (file === undefined) await call.out.plaintext(claim.url);
    else if (call.out.isJson) await call.out.document({ key, rotation });
  } catch (fault) {
    call.out.fault(
      `The link could not be written: nobody has it. ${messageOf(fault)}`,
      `keyturn rotation retry ${rotation.id}`,
    );
    return EXIT.refused;
  }
  if (call.out.isJson) return EXIT.done;
  const where = file === undefined ? 'This link' : `The link in ${file.path} (mode 0600)`;
  const next = call.out.command(`keyturn rotation watch ${rotation.id}`);
  call.out.note(
    `${where} shows the new secret of ${key.name} once, to whoever opens it first, until ${claim.expiresAt}.\n` +
      `Pass it on to that person alone. ${tillOpened(rotation)}\n` +
      `Follow it: ${next}`,
  );
  return EXIT.done;
}

function tillOpened({ oldSecret, revokedAt }: Rotation): string {
  return revokedAt === null
    ? `Secret ${oldSecret} works on; its deadline counts from the opening.`
    : `Secret ${oldSecret} and every earlier one are revoked: until then the key has no secret.`;
}

async function handOver(
  call: Invocation,
  answer: Handed,
  file: PrivateFile | undefined,
): Promise<ExitCode> {
  const { key, rotation } = answer;
  try {
    await write(call, answer, file);
  } catch (fault) {
    call.out.fault(
      `The new secret of ${key.id} could not be written: nobody has it. ${messageOf(fault)}`,
      `keyturn rotation rollback ${rotation.id}`,
    );
    return EXIT.refused;
  }
  if (call.out.isJson) return EXIT.done;
  const where = file === undefined ? 'This is' : `In ${file.path} (mode 0600) is`;
  const next = call.out.command(`keyturn rotation watch ${rotation.id}`);
  call.out.note(
    `${where} secret ${rotation.newSecret} of ${key.name}. It is not shown again: keep it now.\n` +
      `${fateOf(rotation)}\nFollow who has moved: ${next}`,
  );
  return EXIT.done;
}

async function write(
  call: Invocation,
  answer: Handed,
  file: PrivateFile | undefined,
): Promise<void> {
  const { key, rotation, plaintext } = answer;
  file?.fill(plaintext);
  if (call.out.isJson) {
    if (file === undefined) await call.out.secretDocument(answer);
    else await call.out.document({ key, rotation });
  } else if (file === undefined) await call.out.plaintext(plaintext);
}

type Handed = Extract<RotateAnswer, { readonly plaintext: string }>;

type Claimed = Extract<RotateAnswer, { readonly claim: object }>;

/** What happens to the old secret. */
function fateOf({
  oldSecret,
  deadline,
  atDeadline,
  revokedAt,
  compromised,
  keep,
}: Rotation): string {
  if (revokedAt !== null) return `Secret ${oldSecret} and every earlier one are revoked.`;
  const until = deadline ?? 'a person ends it';
  if (compromised) {
    return `Secret ${oldSecret} ends at ${until}, for ever, whoever uses it still; every earlier one is revoked.`;
  }
  const end = {
    hold: 'nothing ends it by itself without the evidence',
    extend: 'it is extended',
    revoke: 'it ends',
  }[atDeadline];
  if (!keep) {
    return `Secret ${oldSecret} works until all have moved. At its deadline, ${until}, ${end}.`;
  }
  return atDeadline === 'revoke'
    ? `Secret ${oldSecret} works until its deadline, ${until}, whoever has moved. Then it ends.`
    : `Secret ${oldSecret} works until a person ends it, whoever has moved. Its deadline is ${until}.`;
}
