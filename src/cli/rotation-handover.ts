import type { Rotation } from '../rotation-views.js';
import { EXIT, type ExitCode, messageOf } from './fault.js';
import { handSecret, type PrivateFile } from './handover.js';
import type { Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';

/** A rotation whose new secret, or a link to it, is shown now. */
interface Handed {
  readonly rotation: Rotation;
  /** The key's name, or its id. */
  readonly name: string;
  readonly secret: string;
  /** Until when the secret is a link that opens; absent: it is the secret itself. */
  readonly linkExpiresAt?: string;
  /** What `--json` prints with the secret in it, and without. */
  readonly document: unknown;
  readonly rest: unknown;
}

/** Hands a new secret over, or the link to it, and says what comes next. */
export async function handOver(
  call: Invocation,
  handed: Handed,
  file: PrivateFile | undefined,
): Promise<ExitCode> {
  const { out } = call;
  try {
    await handSecret(call, handed, file);
  } catch (fault) {
    out.fault(`${lostText(handed)} ${messageOf(fault)}`, afterLoss(call, handed));
    return EXIT.refused;
  }
  if (out.isJson) return EXIT.done;
  const [why, verb] = followedBy(handed.rotation);
  const next = `keyturn rotation ${verb} ${handed.rotation.id}${whereTyped(call.options)}`;
  out.note(`${handedText(handed, file)}\n${why}: ${out.command(next)}`);
  return EXIT.done;
}

function lostText({ linkExpiresAt, rotation }: Handed): string {
  return linkExpiresAt === undefined
    ? `The new secret of ${rotation.key} could not be written: nobody has it.`
    : 'The link could not be written: nobody has it.';
}

function afterLoss({ options }: Invocation, { linkExpiresAt, rotation }: Handed): string {
  const verb = linkExpiresAt === undefined ? 'rollback' : 'retry';
  return `keyturn rotation ${verb} ${rotation.id}${whereTyped(options)}`;
}

function handedText(
  { linkExpiresAt, rotation, name }: Handed,
  file: PrivateFile | undefined,
): string {
  if (linkExpiresAt !== undefined) {
    // The link is all that has to be kept: whoever opens it gets the secret.
    const link = file === undefined ? 'This link' : `The link in ${file.path} (mode 0600)`;
    return (
      `${link} shows the new secret of ${name} once, to whoever opens it first, until ${linkExpiresAt}.\n` +
      `Pass it on to that person alone. ${tillOpened(rotation)}`
    );
  }
  const where = file === undefined ? 'This is' : `In ${file.path} (mode 0600) is`;
  return (
    `${where} secret ${rotation.newSecret} of ${name}. It is not shown again: keep it now.\n` +
    fateOf(rotation)
  );
}

/** Where the old one is ended nobody is waited for: who tries it still is what there is to see. */
function followedBy({ oldSecret, revokedAt, claimExpiresAt }: Rotation): readonly [string, string] {
  if (claimExpiresAt !== null) return ['Follow it', 'watch'];
  return revokedAt === null
    ? ['Follow who has moved', 'watch']
    : [`See who still tries secret ${oldSecret}, a minute later`, 'show'];
}

function tillOpened({ oldSecret, revokedAt }: Rotation): string {
  return revokedAt === null
    ? `Secret ${oldSecret} works on; its deadline counts from the opening.`
    : `Secret ${oldSecret} and every earlier one are revoked: until then the key has no secret.`;
}

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
    revoke:
      'it ends, where somebody has used the new one or nobody uses the old one; else a person is asked',
  }[atDeadline];
  if (!keep) {
    return `Secret ${oldSecret} works until all have moved. At its deadline, ${until}, ${end}.`;
  }
  return atDeadline === 'revoke'
    ? `Secret ${oldSecret} works until its deadline, ${until}, whoever has moved. Then it ends.`
    : `Secret ${oldSecret} works until a person ends it, whoever has moved. Its deadline is ${until}.`;
}
