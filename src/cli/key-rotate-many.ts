import { counted } from '../counted.js';
import { nearest } from '../nearest.js';
import type { EmergencyPlan } from '../rotation-plan-views.js';
import type { EmergencyInput, EmergencyItem, EmergencyPage, Rotations } from '../rotation-views.js';
import { shellWord } from '../shell-word.js';
import { isConfirmed, requireConsent } from './ask.js';
import { type Session, withSession } from './connect.js';
import { EXIT, type ExitCode, MissingFault, UsageFault } from './fault.js';
import { outFileOf, type PrivateFile } from './handover.js';
import type { Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
import { printableJson } from './printable.js';

const WAVE = 50;
const LOOKED_AT = 200; // Keys, for a name like the one that nobody has: one page.
const OF = ['owner', 'tag', 'keyspace'] as const;

/** Whether it names an owner, a tag or a keyspace in the place of one key. */
export function isForMany({ options, operands }: Invocation): boolean {
  const named = OF.find((name) => options.text(name) !== undefined);
  if (named === undefined || operands.length === 0) return named !== undefined;
  throw new UsageFault(`Name one key, or many by --${named}: both would rotate the one alone.`, {
    next: 'keyturn key rotate --help',
  });
}

/**
 * `key rotate --owner O --compromised --reason R`: each key's new secret on a line of its own, as it
 * is made, on standard output or in the file of `--out`; what is said of progress goes to standard
 * error.
 */
export async function rotateMany(call: Invocation): Promise<ExitCode> {
  const input = inputFrom(call);
  requireConsent(call);
  return await withSession(call, async ({ rotations, keys }) => {
    const planned = await rotations.emergency({ ...input, dryRun: true });
    if (!('plan' in planned)) return EXIT.operator;
    const { plan } = planned;
    if (plan.keys === 0) throw await nobodyFault(call, keys);
    if (call.options.has('dryRun')) {
      if (call.out.isJson) await call.out.document({ plan });
      else await call.out.text(`${textOf(plan)}\nThis was a dry run: nothing was changed.`);
      return EXIT.done;
    }
    if (!(await isAgreed(call, plan))) return EXIT.refused;
    return await rotateInWaves(call, rotations, { input, count: plan.keys });
  });
}

/** Whom `--yes` spares the question has not read when the old secrets end: it is told. */
async function isAgreed(call: Invocation, plan: EmergencyPlan): Promise<boolean> {
  if (!call.options.has('yes')) return await isConfirmed(call, textOf(plan));
  call.out.note(plan.says);
  return true;
}

/** The plan for people, with the keys that are used most lately. */
function textOf({ says, items, keys }: EmergencyPlan): string {
  const lines = items.map(({ key, name, lastUsedAt, consumers, atLeast, supersedes }) => {
    const by = consumers ? ` by ${counted(consumers, 'consumer', atLeast)}` : '';
    const used = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt}${by}`;
    const open = supersedes === null ? '' : `, supersedes ${supersedes}`;
    return `  ${key} (${name}), ${used}${open}`;
  });
  const more = keys > items.length ? [`  and ${keys - items.length} more`] : [];
  return [says, ...lines, ...more].join('\n');
}

/** At three in the morning a name that is misspelt must not look like work that is done. */
async function nobodyFault(call: Invocation, keys: Session['keys']): Promise<MissingFault> {
  const { options } = call;
  const name = OF.find((one) => options.text(one) !== undefined) ?? 'owner';
  const value = options.text(name) ?? '';
  const { items } = await keys.list({ limit: LOOKED_AT });
  const known = name === 'tag' ? items.flatMap(({ tags }) => tags) : items.map((key) => key[name]);
  const others = known.flatMap((one) => (one === null || one === value ? [] : [one]));
  const like = nearest(value, [...new Set(others)]);
  const hint = like === undefined ? '' : ` Did you mean ${shellWord(like)}?`;
  return new MissingFault(
    `No key of the ${name} ${shellWord(value)} has a secret to end: nothing was changed.${hint}`,
    `keyturn key list --${name} ${shellWord(value)}${whereTyped(options)}`,
  );
}

function inputFrom(call: Invocation): EmergencyInput {
  const { options } = call;
  if (!options.has('compromised')) {
    throw new UsageFault('Many keys are rotated in an emergency only: say --compromised.');
  }
  if (options.has('keep')) {
    throw new UsageFault('In an emergency every earlier secret ends: leave --keep out.');
  }
  const place = Object.fromEntries(
    OF.flatMap((name) => {
      const value = options.text(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { ...place, ...howFrom(call), compromised: true, reason: options.required('reason') };
}

function howFrom({ options }: Invocation): Pick<EmergencyInput, 'overlap' | 'deliver'> {
  const overlap = options.text('overlap');
  const deliver = options.text('deliver');
  if (deliver === 'claim') {
    throw new UsageFault(
      'Many keys have no claims: rotate them one by one, or leave --deliver out.',
    );
  }
  if (deliver === 'destinations') {
    throw new UsageFault(
      'Whichever of many keys has destinations is delivered to them: leave --deliver out.',
    );
  }
  return {
    ...(overlap === undefined ? {} : { overlap }),
    ...(deliver === undefined ? {} : { deliver: 'answer' }),
  };
}

/** How far it is. */
interface Tally {
  done: number;
  /** Of them, without a new secret. */
  failed: number;
  /** Of them, delivered to their destinations. */
  delivered: number;
  /** Of them, those that wait for a person. */
  asked: number;
  /** Of them, those that an earlier call has rotated, and was to show. */
  before: number;
}

async function rotateInWaves(
  call: Invocation,
  rotations: Rotations,
  { input, count }: { readonly input: EmergencyInput; readonly count: number },
): Promise<ExitCode> {
  const file = outFileOf(call);
  const tally: Tally = { done: 0, failed: 0, delivered: 0, asked: 0, before: 0 };
  if (call.out.isJson) await call.out.part('{"items":[');
  let cursor: string | null | undefined;
  for (let number = 1; cursor !== null; number += 1) {
    const options = { idempotencyKey: keyOfWave(call, number) };
    const wave = await rotations.emergency({ ...input, limit: WAVE, cursor }, options);
    if ('plan' in wave) break;
    cursor = wave.nextCursor;
    await writeWave(call, wave, { file, tally });
    const failed = tally.failed === 0 ? '' : `, ${tally.failed} failed`;
    call.out.note(`${tally.done} of ${counted(count, 'key')} rotated${failed}.`);
  }
  if (call.out.isJson) await call.out.part('],"nextCursor":null}\n');
  if (tally.delivered > 0) call.out.note(deliveredText(call, tally));
  if (tally.before > 0) call.out.note(beforeText(call, tally));
  if (file?.isThere) call.out.note(`The new secrets are in ${file.path}, and nowhere else.`);
  if (tally.failed > 0) return EXIT.refused;
  return tally.asked > 0 ? EXIT.operator : EXIT.done;
}

async function writeWave(
  call: Invocation,
  wave: EmergencyPage,
  { file, tally }: { readonly file: PrivateFile | undefined; readonly tally: Tally },
): Promise<void> {
  const isRepeated = wave.replayed === true;
  for (const item of wave.items) {
    await write(call, item, { file, isFirst: tally.done === 0, isRepeated });
    tally.done += 1;
    if (item.rotation === null || isTakenBack(item)) {
      tally.failed += 1;
      continue; // Its state asks for a person, too: there is no rotation to look at.
    }
    if (item.deliver === 'destinations') tally.delivered += 1;
    else if (isRepeated && item.plaintext === undefined) tally.before += 1;
    if (item.state === 'needs_operator') tally.asked += 1;
  }
}

/** Of a repeat: a person has said meanwhile that what leaked is to be accepted on. */
function isTakenBack({ state }: EmergencyItem): boolean {
  return state === 'rolled_back' || state === 'aborted';
}

/** Without a server nobody goes on with what is not through by now. */
function deliveredText({ options, out }: Invocation, { delivered, asked }: Tally): string {
  const next = out.command(`keyturn rotation list --open${whereTyped(options)}`);
  const waits = asked === 0 ? '' : ` Waiting for a person: ${counted(asked, 'rotation')}.`;
  return `Of ${counted(delivered, 'key')} the new secret goes to the destinations.${waits} See which are not through: ${next}`;
}

/** It may have died before it wrote them down. */
function beforeText({ out, options }: Invocation, { before }: Tally): string {
  const again = out.command(
    `keyturn key rotate KEY --compromised --reason REASON${whereTyped(options)}`,
  );
  return (
    `${counted(before, 'key')} had a new secret by an earlier call, which has shown it or was lost. Of one that ` +
    `it did not write down, nobody holds the secret: ${again}`
  );
}

/** Of a key whose new secret is not shown. */
function withoutText(item: EmergencyItem, isRepeated: boolean) {
  const { deliver, rotation, state, detail, code } = item;
  const asked = state === 'needs_operator' ? ', which needs a person' : '';
  if (deliver === 'destinations') {
    return `the new secret goes to its destinations, ${rotation}${asked}`;
  }
  if (isTakenBack(item)) return `its rotation was taken back since, ${rotation}`;
  const why = isRepeated ? 'rotated before by this --idempotency-key' : 'not rotated';
  return detail ?? code ?? why;
}

/** Each wave is a request of its own: the same command again repeats them one by one. */
function keyOfWave({ options }: Invocation, number: number): string | undefined {
  const key = options.text('idempotencyKey');
  return key === undefined || number === 1 ? key : `${key} wave ${number}`;
}

async function write(
  call: Invocation,
  { plaintext, ...item }: EmergencyItem,
  {
    file,
    isFirst,
    isRepeated,
  }: {
    readonly file: PrivateFile | undefined;
    readonly isFirst: boolean;
    readonly isRepeated: boolean;
  },
): Promise<void> {
  const line = `${item.key} ${plaintext}`;
  if (plaintext !== undefined) file?.add(line);
  if (call.out.isJson) {
    const shown = file === undefined && plaintext !== undefined ? { ...item, plaintext } : item;
    await call.out.part(`${isFirst ? '' : ','}${printableJson(shown, 0)}`);
  } else if (plaintext === undefined) {
    call.out.note(`${item.key} (${item.name}): ${withoutText(item, isRepeated)}`);
  } else if (file === undefined) await call.out.plaintext(line);
}
