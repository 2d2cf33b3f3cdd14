import { type Command, Option } from 'commander';
import { isNamed, nobodyNamed } from '../named-consumer.js';
import type {
  Rotation,
  RotationAction,
  RotationAnswer,
  RotationConsumer,
  RotationVerb,
} from '../rotation-views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { type Session, withSession } from './connect.js';
import { consumersText, headcountText, movedText } from './consumers-text.js';
import { EXIT, type ExitCode } from './fault.js';
import { outFileOf, type PrivateFile } from './handover.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { handOver } from './rotation-handover.js';
import { waitingLines } from './rotation-next.js';
import { deadlineOf, rotationText } from './rotation-text.js';
import { watchRotation } from './rotation-watch.js';
import { withConsent, withData, withPages } from './shared-options.js';

const MAX_NAMED = 20; // Consumers in one sentence.

const STATES = [
  'running',
  'waiting',
  'retrying',
  'needs_operator',
  'completed',
  'rolled_back',
  'aborted',
  'superseded',
] as const;

const COLUMNS: readonly Column<Rotation>[] = [
  { title: 'ID', value: (rotation) => rotation.id },
  { title: 'KEY', value: (rotation) => rotation.key },
  { title: 'PHASE', value: (rotation) => rotation.phase.replace('_', ' ') },
  { title: 'STATE', value: (rotation) => rotation.state.replace('_', ' ') },
  { title: 'DEADLINE', value: (rotation) => deadlineOf(rotation) ?? '' },
  { title: 'MOVED', value: ({ consumers }) => movedText(consumers) },
  { title: 'DECIDE', value: (rotation) => rotation.asks ?? '' },
];

const VERBS: readonly (readonly [RotationVerb, string])[] = [
  ['approve', 'agree that the secret is replaced'],
  ['retry', 'try again what waits for a person'],
  ['skip', 'pass over the next brown-out of the policy'],
  ['extend', 'move the deadline'],
  ['waive', 'wait no more for a consumer'],
  ['finish', 'end the old secret now, whatever the evidence'],
  ['rollback', 'make the old secret the current one again'],
  ['abort', 'end a rotation before anybody has the new secret'],
  ['undo', 'accept a disabled old secret again, end a brown-out, or take a waiver back'],
];

/** `keyturn rotation …` */
export function defineRotation(noun: Command, cli: Cli): void {
  withPages(noun.command('list'))
    .description('list rotations, newest first')
    .option('--keyspace <keyspace>', 'name or id')
    .option('--key <id>', 'of this key')
    .addOption(new Option('--state <state>', 'in this state').choices(STATES))
    .option('--open', 'only those that are not done')
    .action(cli.run(listRotations));
  withData(noun.command('show'))
    .description('show one rotation: where it is, the evidence, who has moved')
    .argument('<id>')
    .action(cli.run(showRotation));
  withData(noun.command('watch'))
    .description('follow one rotation live until it is done')
    .argument('<id>')
    .action(cli.run(watchRotation));
  for (const [verb, summary] of VERBS) {
    const command = withConsent(noun.command(verb))
      .description(summary)
      .argument('<id>')
      .option('--reason <reason>', 'kept in the audit trail')
      .action(cli.run((call) => actOn(call, verb)));
    if (verb === 'extend') command.option('--until <time>', '7d from now, or a date or time');
    if (verb === 'retry') {
      command
        .option('--out <file>', 'write the new secret to a new file with mode 0600 instead')
        .option('--idempotency-key <key>', 'a repeated call issues no second secret');
    }
    if (verb === 'waive')
      command.option(
        '--consumer <text>',
        'its id, its label, or a whole part of it; * for any text',
      );
  }
}

async function listRotations(call: Invocation): Promise<undefined> {
  const { options } = call;
  const state = STATES.find((one) => one === options.text('state'));
  const filter = {
    keyspace: options.text('keyspace'),
    key: options.text('key'),
    ...(state === undefined ? {} : { state }),
    ...(options.has('open') ? { open: true } : {}),
  };
  await withSession(call, ({ rotations }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => rotations.list({ ...filter, ...page }),
      none: `There is no such rotation. Begin one: ${call.out.command('keyturn key rotate ID')}`,
    }),
  );
}

async function showRotation(call: Invocation): Promise<undefined> {
  const rotation = await withSession(call, ({ rotations }) => rotations.get(operandOf(call)));
  if (call.out.isJson) await call.out.document(rotation);
  else await call.out.text(rotationText(rotation));
}

/** Ends a secret, or a rotation: asked about first. */
const ASKED: readonly RotationVerb[] = ['finish', 'rollback', 'abort'];

async function actOn(call: Invocation, verb: RotationVerb): Promise<ExitCode> {
  const isAsked = ASKED.includes(verb);
  if (isAsked) requireConsent(call);
  return await withSession(call, async (session) => {
    const id = operandOf(call);
    const rotation = await session.rotations.get(id);
    const action = actionIn(call, rotation, verb);
    if (call.options.has('dryRun')) return await sayPlan(call, { rotation, verb, action });
    // What is not possible needs no question: the refusal itself says why.
    if (action !== undefined && isAsked && !(await isConfirmed(call, sentenceOf(action)))) {
      return EXIT.refused;
    }
    const file = verb === 'retry' ? outFileOf(call) : undefined;
    const answer = await act(call, session, { id, verb });
    return (await showSecret(call, answer, file)) ?? (await sayDone(call, answer, action));
  });
}

/** Where a retry has issued a secret, or made a link; undefined: it has not. */
async function showSecret(
  call: Invocation,
  answer: RotationAnswer,
  file: PrivateFile | undefined,
): Promise<ExitCode | undefined> {
  const { rotation, plaintext, claim } = answer;
  const secret = plaintext ?? claim?.url;
  if (secret === undefined) return undefined;
  const link = claim === undefined ? {} : { linkExpiresAt: claim.expiresAt };
  const documents = { document: answer, rest: { rotation } };
  return handOver(call, { rotation, name: rotation.key, secret, ...link, ...documents }, file);
}

/** What it will do; of a waiver, for whom. Undefined: it is not possible now. */
function actionIn(
  call: Invocation,
  { actions, consumers }: Rotation,
  verb: RotationVerb,
): RotationAction | undefined {
  const action = actions.find(({ name }) => name === verb);
  if (action === undefined || verb !== 'waive') return action;
  const named = call.options.required('consumer');
  const isHit = (one: RotationConsumer) => named.trim() !== '' && isNamed(named, one);
  const hit = consumers.filter(isHit);
  const waived = hit.map(({ label }) => label);
  // The refusal is the same, whether it was to be done or only to be looked at.
  if (waived.length === 0) throw nobodyNamed();
  const [first, more] = [waived.slice(0, MAX_NAMED), waived.length - MAX_NAMED];
  const rest = more > 0 ? `; and ${more} more` : '';
  const who = `${consumersText(hit)} of ${headcountText(consumers)}`;
  return { ...action, does: `Waits no more for ${who}: ${first.join('; ')}${rest}.` };
}

async function sayDone(
  call: Invocation,
  answer: RotationAnswer,
  action: RotationAction | undefined,
): Promise<ExitCode> {
  if (call.out.isJson) {
    await call.out.document(answer);
    return EXIT.done;
  }
  const { rotation } = answer;
  const { id, state, step } = rotation;
  if (answer.replayed === true) {
    call.out.note('This call was made before: what it has shown was shown then.');
    return EXIT.done;
  }
  if (action !== undefined) call.out.note(sentenceOf(action));
  call.out.note(`Done: rotation ${id} is ${state.replace('_', ' ')} at "${step}".`);
  for (const line of waitingLines(call, rotation)) call.out.note(line);
  return EXIT.done;
}

function act(
  call: Invocation,
  { rotations }: Session,
  { id, verb }: { readonly id: string; readonly verb: RotationVerb },
): Promise<RotationAnswer> {
  const reason = call.options.text('reason');
  const said = reason === undefined ? {} : { reason };
  if (verb === 'extend') {
    return rotations.extend(id, { ...said, until: call.options.required('until') });
  }
  if (verb === 'waive') {
    return rotations.waive(id, { ...said, consumer: call.options.required('consumer') });
  }
  return rotations[verb](id, said, { idempotencyKey: call.options.text('idempotencyKey') });
}

async function sayPlan(
  call: Invocation,
  {
    rotation,
    verb,
    action = null,
  }: {
    readonly rotation: Rotation;
    readonly verb: RotationVerb;
    readonly action: RotationAction | undefined | null;
  },
): Promise<ExitCode> {
  if (call.out.isJson)
    await call.out.document({ plan: { act: `rotation.${verb}`, action, rotation } });
  else {
    const said = action === null ? `There is nothing to ${verb} now.` : sentenceOf(action);
    await call.out.text(`${said}\nThis was a dry run: nothing was changed.`);
  }
  return action === null ? EXIT.refused : EXIT.done;
}

function sentenceOf({ does, undoableFor }: RotationAction): string {
  return undoableFor === null ? does : `${does} It can be undone for ${undoableFor}.`;
}
