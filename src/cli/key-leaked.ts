import { NotFoundError } from '../errors.js';
import type { KnownLeak, LeakAnswers, LeakInput } from '../leak-views.js';
import { consent, isConfirmed, readKey, requireConsent } from './ask.js';
import { type Session, withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';

const NEXT = 'keyturn key leaked --dry-run < FILE';

/** `key leaked`: what was found comes by standard input; its key's policy says what is done. */
export async function reportLeaked(call: Invocation): Promise<ExitCode> {
  requireConsent(call);
  const plaintext = await readKey(call.streams);
  if (plaintext === '') {
    throw new UsageFault('Standard input is empty: there is no secret to report.', { next: NEXT });
  }
  const { options } = call;
  const report = {
    plaintext,
    source: options.text('source'),
    url: options.text('url'),
    foundAt: options.text('foundAt'),
  };
  const input = { reports: [report] };
  return await withSession(call, async (session) => {
    const plan = await ask(session, { ...input, dryRun: true });
    if (options.has('dryRun')) return await say(call, plan, true);
    const isForEver = plan.known.action === 'rotated' || plan.known.action === 'revoked';
    if (isForEver && !(await isConfirmed(call, wouldBe(plan.known)))) return EXIT.refused;
    return await say(call, await ask(session, input), false);
  });
}

interface Answer {
  readonly known: KnownLeak;
  readonly document: LeakAnswers;
}

/** @throws {NotFoundError} it is no secret of a key here. */
async function ask({ keys }: Session, input: LeakInput): Promise<Answer> {
  const document = await keys.reportLeaks(input);
  const [known] = document.items;
  if (known === undefined || known.result === 'unknown') {
    throw new NotFoundError('This is no secret of any key here.');
  }
  return { known, document };
}

async function say(
  call: Invocation,
  { known, document }: Answer,
  isDryRun: boolean,
): Promise<ExitCode> {
  if (call.out.isJson) await call.out.document(document);
  else if (isDryRun) {
    await call.out.text(`${wouldBe(known)}\nThis was a dry run: nothing was changed.`);
  } else call.out.note(hasBeen(call, known));
  return known.problem === null ? EXIT.done : EXIT.operator;
}

const PLANS: Readonly<Record<KnownLeak['action'], string>> = {
  rotated: 'An emergency would replace it, and it ends for ever.',
  revoked: 'It would be revoked for ever, and no other secret of the key.',
  told: 'Nothing would be done to it: the people of its policy are told, once a day.',
  none: 'There is nothing to be done.',
};

function wouldBe(known: KnownLeak): string {
  return `${subjectOf(known)} ${PLANS[known.action]}${problemOf(known)}`;
}

function hasBeen(call: Invocation, known: KnownLeak): string {
  const { key, secret, rotation } = known;
  const where = whereTyped(call.options);
  const show = call.out.command(`keyturn rotation show ${rotation}${where}`);
  const rotate = `keyturn key rotate ${key}${where} --compromised --reason REASON${consent(call)}`;
  const done: Readonly<Record<KnownLeak['action'], string>> = {
    rotated: `An emergency replaces secret ${secret} of ${key}. See how far it is: ${show}`,
    revoked: `Revoked secret ${secret} of ${key} for ever, and no other secret of it.`,
    told: `Secret ${secret} of ${key} is as it was: it is ${known.state}.${problemOf(known)} Replace it: ${call.out.command(rotate)}`,
    none: `${subjectOf(known)} There was nothing to be done, or it was told of today.${problemOf(known)}`,
  };
  return done[known.action];
}

function subjectOf({ key, secret, state }: KnownLeak): string {
  return `It is secret ${secret} of ${key}, and ${state}.`;
}

function problemOf({ problem }: KnownLeak): string {
  return problem === null ? '' : ` ${problem}`;
}
