import type { RotationPlan } from '../rotation-plan-views.js';
import type { RotateAnswer, RotateInput } from '../rotation-views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { type Session, withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import { outFileOf, type PrivateFile } from './handover.js';
import { type Invocation, operandOf } from './invocation.js';
import { isForMany, rotateMany } from './key-rotate-many.js';
import { handOver } from './rotation-handover.js';
import { waitingLines } from './rotation-next.js';

const MAX_NAMED = 20; // Consumers that a dry run names.

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
  const file = outFileOf(call);
  const idempotencyKey = call.options.text('idempotencyKey');
  const answer = await keys.rotate(operandOf(call), input, { idempotencyKey }).catch((fault) => {
    file?.discard();
    throw fault;
  });
  if ('plan' in answer) return await sayPlan(call, answer.plan);
  const { key, rotation } = answer;
  const handed = { rotation, name: key.name, document: answer, rest: { key, rotation } };
  if ('claim' in answer) {
    const { url: secret, expiresAt: linkExpiresAt } = answer.claim;
    return await handOver(call, { ...handed, secret, linkExpiresAt }, file);
  }
  return 'plaintext' in answer
    ? await handOver(call, { ...handed, secret: answer.plaintext }, file)
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
    const who = plan.consumers.slice(0, MAX_NAMED).map(({ label, lastUsedAt, secrets }) => {
      const used = isOfMany ? `, secret ${secrets.join(' and ')}` : '';
      return `  ${label}${used}, last ${lastUsedAt}`;
    });
    const used = isOfMany ? 'They are used by:' : 'It is used by:';
    const said = [plan.says, ...(who.length > 0 ? [used, ...who, ...moreOf(plan)] : [])];
    await call.out.text([...said, 'This was a dry run: nothing was changed.'].join('\n'));
  }
  return EXIT.done;
}

function moreOf({ consumers, atLeast }: RotationPlan): readonly string[] {
  const count = consumers.length - MAX_NAMED;
  return count > 0 ? [`  and ${atLeast ? 'at least ' : ''}${count} more: --json names them`] : [];
}

/** A repeated call, or one that waits for another person. */
async function sayWaiting(
  call: Invocation,
  answer: Exclude<RotateAnswer, { readonly plan: RotationPlan }>,
  file: PrivateFile | undefined,
): Promise<ExitCode> {
  file?.discard();
  const { rotation } = answer;
  const waits = waitingLines(call, rotation);
  const isDone = 'replayed' in answer && waits.length === 0;
  if (call.out.isJson) await call.out.document(answer);
  else if (isDone) call.out.note('This call was made before: the secret was shown then.');
  else call.out.note([`Rotation ${rotation.id} is not done.`, ...waits].join('\n'));
  return isDone ? EXIT.done : EXIT.operator;
}
