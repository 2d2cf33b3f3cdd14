import type { RotateAnswer } from '../rotate-views.js';
import type { RotationPlan } from '../rotation-plan-views.js';
import type { RotateInput, Rotation } from '../rotation-views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { type Session, withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import { outFileOf } from './handover.js';
import { type Invocation, operandOf } from './invocation.js';
import { isForMany, rotateMany } from './key-rotate-many.js';
import { whereTyped } from './next-step.js';
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
  const answer = await keys.rotate(operandOf(call), input, { idempotencyKey });
  if ('plan' in answer) return await sayPlan(call, answer.plan);
  const { key, rotation } = answer;
  const handed = { rotation, name: key.name, document: answer, rest: { key, rotation } };
  if ('claim' in answer) {
    const { url: secret, expiresAt: linkExpiresAt } = answer.claim;
    return await handOver(call, { ...handed, secret, linkExpiresAt }, file);
  }
  return 'plaintext' in answer
    ? await handOver(call, { ...handed, secret: answer.plaintext }, file)
    : await sayWaiting(call, answer);
}

function inputFrom(call: Invocation): RotateInput {
  const { options } = call;
  return {
    overlap: options.text('overlap'),
    reason: options.text('reason'),
    ...deliverFrom(options.text('deliver')),
    ...(options.has('keep') ? { keep: true } : {}),
    ...(options.has('compromised') ? { compromised: true } : {}),
  };
}

function deliverFrom(deliver: string | undefined): Pick<RotateInput, 'deliver'> {
  const isKnown = deliver === 'answer' || deliver === 'claim' || deliver === 'destinations';
  return isKnown ? { deliver } : {};
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
    const places = plan.destinations.map(
      ({ name, place, problem }) => `  to ${name}: ${problem ?? `${place}, ready`}`,
    );
    const tried = plan.probe === null ? [] : [`  ${probeText(plan.probe)}`];
    const said = [
      plan.says,
      ...tried,
      ...places,
      ...(who.length > 0 ? [used, ...who, ...moreOf(plan)] : []),
    ];
    await call.out.text([...said, 'This was a dry run: nothing was changed.'].join('\n'));
  }
  return EXIT.done;
}

/** What tries the new secret first. */
function probeText({ place, problem }: NonNullable<RotationPlan['probe']>): string {
  return `probe: ${place}, ${problem === null ? 'ready' : `cannot be run: ${problem}`}`;
}

function moreOf({ consumers, atLeast }: RotationPlan): readonly string[] {
  const count = consumers.length - MAX_NAMED;
  return count > 0 ? [`  and ${atLeast ? 'at least ' : ''}${count} more: --json names them`] : [];
}

type Waiting = Exclude<RotateAnswer, { readonly plan: RotationPlan }>;

/** A repeated call, or one that waits for another person. */
async function sayWaiting(call: Invocation, answer: Waiting): Promise<ExitCode> {
  const { rotation } = answer;
  const waits = waitingLines(call, rotation);
  const isDelivered = rotation.deliver === 'destinations' && rotation.state !== 'needs_operator';
  if (isDelivered) return await sayDelivered(call, answer);
  const { exit, said } = standingOf(call, answer, waits);
  if (call.out.isJson) await call.out.document(answer);
  else call.out.note(said);
  return exit;
}

function standingOf(
  call: Invocation,
  answer: Waiting,
  waits: readonly string[],
): { readonly exit: ExitCode; readonly said: string } {
  const { rotation } = answer;
  if (rotation.state === 'rolled_back' || rotation.state === 'aborted') {
    return { exit: EXIT.refused, said: takenBackText(rotation) };
  }
  const isShown = rotation.deliver === 'claim' || rotation.deliveredAt !== null;
  if ('replayed' in answer && isShown && waits.length === 0) {
    return { exit: EXIT.done, said: 'This call was made before: the secret was shown then.' };
  }
  const next = waits.length === 0 ? [lookText(call, rotation)] : waits;
  const said = [`Rotation ${rotation.id} is not done.`, ...next].join('\n');
  return { exit: EXIT.operator, said };
}

function lookText({ out, options }: Invocation, { id }: Rotation): string {
  return `See where it is: ${out.command(`keyturn rotation show ${id}${whereTyped(options)}`)}`;
}

/** Of a repeated call: also where the process that was asked first died before it had a secret. */
function takenBackText({ id, oldSecret, compromised }: Rotation): string {
  const leaked = compromised ? ', which was reported as leaked,' : '';
  return `This call was made before, and its rotation ${id} was taken back since: secret ${oldSecret}${leaked} is as it was. To rotate it now, give another --idempotency-key.`;
}

/** Where it is by now, and what comes of itself. */
async function sayDelivered({ out, options }: Invocation, answer: Waiting): Promise<ExitCode> {
  if (out.isJson) {
    await out.document(answer);
    return EXIT.done;
  }
  const { id, destinations, trouble } = answer.rotation;
  for (const { name, place, state } of destinations) out.note(`${name}: ${state}, ${place}`);
  if (trouble !== null) {
    out.note(
      `${trouble.destination ?? 'probe'}: ${trouble.message} It is tried again at ${trouble.retryAt}.`,
    );
  }
  const watch = out.command(`keyturn rotation watch ${id}${whereTyped(options)}`);
  out.note(`Rotation ${id} goes on by itself. See who has moved: ${watch}`);
  return EXIT.done;
}
