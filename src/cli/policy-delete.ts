import type { Command } from 'commander';
import type { PolicyInUse } from '../policy-views.js';
import type { Keys } from '../public.js';
import type { Key } from '../views.js';
import { isConfirmed, requireConsent } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode } from './fault.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import { withConsent, withKeyspace } from './shared-options.js';

const MAX_SHOWN = 5; // Keys that are named.
const MOST_COUNTED = 10_000;

/** `keyturn policy delete NAME` */
export function definePolicyDelete(noun: Command, cli: Cli): void {
  withKeyspace(withConsent(noun.command('delete')))
    .description('delete a policy that no key names')
    .argument('<name>')
    .action(cli.run(deletePolicy));
}

async function deletePolicy(call: Invocation): Promise<ExitCode | undefined> {
  requireConsent(call);
  const name = operandOf(call);
  const where = { keyspace: call.options.text('keyspace') };
  return withSession(call, async ({ policies, keys }): Promise<ExitCode | undefined> => {
    const policy = await policies.get(name, where);
    if (call.options.has('dryRun')) return await foretell(call, policy, keys);
    // What is in use is refused by whoever deletes: nobody is asked for nothing.
    if (!isInUse(policy) && !(await isConfirmed(call, questionOf(policy)))) return EXIT.refused;
    await policies.delete(name, { ...where, ifMatch: policy.version });
    if (call.out.isJson) await call.out.document({ deleted: name });
    else call.out.note(`Deleted the policy ${name} of keyspace ${policy.keyspace}.`);
    return undefined;
  });
}

/** Keys that name `default` have the built-in terms without it, as have those that name none. */
function isInUse({ name, keyCount }: PolicyInUse): boolean {
  return keyCount > 0 && name !== 'default';
}

function questionOf({ name, keyspace }: PolicyInUse): string {
  const rest = name === 'default' ? ' Keys that name no other then have the built-in terms.' : '';
  return `Delete the policy "${name}" of keyspace ${keyspace}?${rest}`;
}

async function foretell(
  call: Invocation,
  policy: PolicyInUse,
  keys: Pick<Keys, 'list'>,
): Promise<ExitCode | undefined> {
  const { out } = call;
  const { name, keyspace, keyCount } = policy;
  const users = keyCount === 0 ? [] : await usersOf(policy, keys);
  const document = { deleted: null, keyspace, keyCount, keys: users.map(({ id }) => id) };
  if (out.isJson) await out.document(document);
  else {
    out.note(usedBy(policy, users));
    if (keyCount > users.length) {
      const list = `keyturn key list --policy ${name} --keyspace ${keyspace}`;
      out.note(`All of them: ${out.command(`${list}${whereTyped(call.options)}`)}`);
    }
    const would = isInUse(policy)
      ? 'It would be refused: give those keys another policy, or revoke them.'
      : `Would delete the policy ${name} of keyspace ${keyspace}.`;
    out.note(`${would} Nothing was changed.`);
  }
  return isInUse(policy) ? EXIT.refused : undefined;
}

/** The first few that are not revoked. */
async function usersOf({ name, keyspace }: PolicyInUse, keys: Pick<Keys, 'list'>) {
  const found: Key[] = [];
  for await (const key of keys.list({ policy: name, keyspace, limit: 200 })) {
    if (key.state !== 'revoked') found.push(key);
    if (found.length === MAX_SHOWN) break;
  }
  return found;
}

function usedBy({ name, keyspace, keyCount }: PolicyInUse, users: readonly Key[]): string {
  if (keyCount === 0) return `No key of keyspace ${keyspace} names the policy ${name}.`;
  const count = keyCount < MOST_COUNTED ? String(keyCount) : `${keyCount} or more`;
  const shown = users.map((key) => `${key.id} ${key.name}`).join(', ');
  const naming = keyCount === 1 ? '1 key names' : `${count} keys name`;
  return `In keyspace ${keyspace} ${naming} the policy ${name}: ${shown}`;
}
