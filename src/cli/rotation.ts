import { type Command, Option } from 'commander';
import { counted } from '../counted.js';
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
import { EXIT, type ExitCode } from './fault.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { rotationText } from './rotation-text.js';
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
  { title: 'DEADLINE', value: (rotation) => rotation.deadline ?? '' },
  { title: 'MOVED', value: movedOf },
  { title: 'DECIDE', value: (rotation) => rotation.asks ?? '' },
];

function movedOf({ consumers }: Rotation): string {
  if (consumers.length === 0) return '';
  const moved = consumers.filter(({ where }) => where === 'moved' || where === 'waived').length;
  return `${moved} of ${consumers.length}`;
}

const VERBS: readonly (readonly [RotationVerb, string])[] = [
  ['approve', 'agree that the secret is replaced'],
  ['retry', 'try again what waits for a person'],
  ['skip', 'pass over the next brown-out of the policy'],
  ['extend', 'move the deadline'],
  ['waive', 'wait no more for a consumer'],
  ['finish', 'end the old secret now, whatever the evidence'],
  ['rollback', 'make the old secret the current one again'],
  ['abort', 'end a rotation before anybody has the new secret'],
  ['undo', 'accept a disabled old secret again, or end a brown-out'],
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
    if (verb === 'waive') command.option('--consumer <text>', 'its id, or a part of its label');
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
    await sayDone(call, await act(call, session, { id, verb }), action);
    return EXIT.done;
  });
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
  const waived = consumers.filter(isHit).map(({ label }) => label);
  // The refusal is the same, whether it was to be done or only to be looked at.
  if (waived.length === 0) throw nobodyNamed();
  const [first, more] = [waived.slice(0, MAX_NAMED), waived.length - MAX_NAMED];
  const rest = more > 0 ? `; and ${more} more` : '';
  const who = `${counted(waived.length, 'consumer')} of ${consumers.length}`;
  return { ...action, does: `Waits no more for ${who}: ${first.join('; ')}${rest}.` };
}

async function sayDone(
  call: Invocation,
  answer: RotationAnswer,
  action: RotationAction | undefined,
): Promise<void> {
  if (call.out.isJson) return await call.out.secretDocument(answer);
  const secret = answer.plaintext ?? answer.claim?.url;
  if (secret !== undefined) await call.out.plaintext(secret);
  const { id, state, step } = answer.rotation;
  if (action !== undefined) call.out.note(sentenceOf(action));
  call.out.note(`Done: rotation ${id} is ${state.replace('_', ' ')} at "${step}".`);
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
  return rotations[verb](id, said);
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
