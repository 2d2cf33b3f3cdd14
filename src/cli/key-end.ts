import { counted } from '../counted.js';
import type { KeyAnswer } from '../public.js';
import type { Key } from '../views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { type Session, withSession } from './connect.js';
import { EXIT, type ExitCode } from './fault.js';
import { type Invocation, operandOf } from './invocation.js';

/** `key revoke ID [--secret N]`: asks first, for it is for ever. */
export async function revokeKey(call: Invocation): Promise<ExitCode | undefined> {
  requireConsent(call);
  const secret = call.options.wholeNumber('secret');
  const reason = call.options.text('reason');
  const descendants = call.options.has('descendants');
  return await withSession(call, async (session) => {
    const key = await session.keys.get(operandOf(call));
    const what = revocationOf(key, { secret, descendants });
    if (call.options.has('dryRun')) return await sayPlan(call, key, what);
    if (what.isChange && !(await isConfirmed(call, what.sentence))) return EXIT.refused;
    const how = { secret, reason, ...(descendants && { descendants }) };
    const answer = await session.keys.revoke(key.id, how);
    const made = answer.descendants?.length ?? 0;
    const rest = descendants ? ` Ended with it: ${counted(made, 'key')} that it made.` : '';
    const done = what.isChange ? `Revoked ${what.subject} for ever.${rest}` : what.sentence;
    await sayAnswer(call, answer, done);
    return EXIT.done;
  });
}

/** `key delete ID`: asks first. */
export async function deleteKey(call: Invocation): Promise<ExitCode | undefined> {
  requireConsent(call);
  return await withSession(call, async (session) => {
    const key = await session.keys.get(operandOf(call));
    const what = deletionOf(key);
    if (call.options.has('dryRun')) return await sayPlan(call, key, what);
    // What would be refused needs no question: the refusal itself says why.
    if (what.isChange && !(await isConfirmed(call, what.sentence))) return EXIT.refused;
    await session.keys.delete(key.id);
    if (call.out.isJson) await call.out.document({ key });
    else call.out.note(`Deleted ${nameOf(key)}. Its audit trail stays.`);
    return EXIT.done;
  });
}

/** `key disable ID`. */
export function disableKey(call: Invocation): Promise<undefined> {
  return change(call, 'Disabled', ({ keys }, id, reason) => keys.disable(id, { reason }));
}

/** `key enable ID`. */
export function enableKey(call: Invocation): Promise<undefined> {
  return change(call, 'Enabled', ({ keys }, id, reason) => keys.enable(id, { reason }));
}

type Act = (session: Session, id: string, reason: string | undefined) => Promise<KeyAnswer>;

async function change(call: Invocation, done: string, act: Act): Promise<undefined> {
  const reason = call.options.text('reason');
  const answer = await withSession(call, (session) => act(session, operandOf(call), reason));
  await sayAnswer(call, answer, `${done} ${nameOf(answer.key)}; it is ${answer.key.state} now.`);
}

async function sayAnswer(call: Invocation, answer: KeyAnswer, done: string): Promise<void> {
  if (call.out.isJson) await call.out.document(answer);
  else call.out.note(done);
}

/** What would be done, said before it is. */
interface Plan {
  readonly act: 'key.revoked' | 'secret.revoked' | 'key.deleted';
  /** What it happens to, for people. */
  readonly subject: string;
  readonly isChange: boolean;
  readonly sentence: string;
}

function revocationOf(
  key: Key,
  { secret, descendants }: { readonly secret: number | undefined; readonly descendants: boolean },
): Plan {
  const target = key.secrets.find((one) => one.number === secret);
  const isOver = key.state === 'revoked' || target?.state === 'revoked';
  // What it made may live on, though it is revoked itself.
  const isChange = !isOver || descendants;
  const lastUsedAt = (secret === undefined ? key : target)?.lastUsedAt ?? 'never, as far as known';
  const subject = secret === undefined ? nameOf(key) : `secret ${secret} of ${nameOf(key)}`;
  const sentence = isChange
    ? `Revoking ${subject} is for ever: every request with it is refused. Last used: ${lastUsedAt}.${descendants ? ' Every key that it made, and those they made, are ended, too.' : ''}`
    : `${subject} was revoked before: nothing changes.`;
  const act = secret === undefined ? 'key.revoked' : 'secret.revoked';
  return { act, subject, isChange, sentence };
}

function deletionOf(key: Key): Plan {
  const isChange = key.state === 'revoked';
  const sentence = isChange
    ? `Deleting ${nameOf(key)} cannot be undone. Its counts go, also from the totals of keyspace and owner; its audit trail stays.`
    : `${nameOf(key)} is ${key.state}: only a revoked key can be deleted.`;
  return { act: 'key.deleted', subject: nameOf(key), isChange, sentence };
}

async function sayPlan(call: Invocation, key: Key, what: Plan): Promise<ExitCode> {
  const { act, isChange, sentence } = what;
  if (call.out.isJson) await call.out.document({ plan: { act, change: isChange, key } });
  else await call.out.text(`${sentence}\nThis was a dry run: nothing was changed.`);
  // Deleting what is not revoked would be refused; revoking twice is no fault.
  return isChange || act !== 'key.deleted' ? EXIT.done : EXIT.refused;
}

function nameOf(key: Key): string {
  const owner = key.owner === null ? '' : `, owner ${key.owner}`;
  return `${key.id} (${key.name}${owner}, ${key.environment})`;
}
