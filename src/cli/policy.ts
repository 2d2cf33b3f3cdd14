import type { Command } from 'commander';
import type { Policy, PolicyInUse, PolicyTerms } from '../policy-views.js';
import { withSession } from './connect.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { withData, withKeyspace, withPages } from './shared-options.js';

const COLUMNS: readonly Column<Policy>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'KEYSPACE', value: ({ keyspace }) => keyspace },
  { title: 'DEADLINE', value: ({ overlap }) => `${overlap.hard}, then ${overlap.atHard}` },
  { title: 'EVIDENCE', value: ({ evidence }) => evidence.require.join(' ') },
  { title: 'BROWN-OUTS', value: ({ brownouts }) => brownoutsOf(brownouts) },
  { title: 'APPROVERS', value: ({ approval }) => String(approval?.approvers ?? 0) },
];

/** A policy's keys are counted up to here. */
const MOST_COUNTED = 10_000;

/** `keyturn policy …` */
export function definePolicy(noun: Command, cli: Cli): void {
  withKeyspace(withPages(noun.command('list')))
    .description('list a keyspace’s policies')
    .action(cli.run(listPolicies));
  withKeyspace(withData(noun.command('show')))
    .description('show one policy')
    .argument('<name>')
    .action(cli.run(showPolicy));
}

async function listPolicies(call: Invocation): Promise<undefined> {
  const keyspace = call.options.text('keyspace');
  await withSession(call, ({ policies }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => policies.list({ keyspace, ...page }),
      none:
        'There is no policy: secrets are replaced on the built-in terms. A policy named "default" ' +
        'is that of every key that names none; make it by POST /v1/policies.',
    }),
  );
}

async function showPolicy(call: Invocation): Promise<undefined> {
  const { options } = call;
  const where = { keyspace: options.text('keyspace') };
  const policy = await withSession(call, ({ policies }) => policies.get(operandOf(call), where));
  if (call.out.isJson) await call.out.document(policy);
  else await call.out.details([...detailsOf(policy), keysOf(call, policy)]);
}

function brownoutsOf(brownouts: PolicyTerms['brownouts']): string {
  if (brownouts === null) return 'none';
  const shares = brownouts.share.map((share) => `${share} %`).join(', ');
  return `${brownouts.for} each day from ${brownouts.after} on: ${shares}`;
}

/** Who follows it, and how they are listed. */
function keysOf({ out, options }: Invocation, policy: PolicyInUse): readonly [string, string] {
  const { name, keyspace, keyCount } = policy;
  const count = keyCount < MOST_COUNTED ? String(keyCount) : `${keyCount} or more`;
  const rest = name === 'default' ? ', and all that name none follow it, too' : '';
  const list = `keyturn key list --policy ${name} --keyspace ${keyspace}${whereTyped(options)}`;
  return ['keys', `${count} name it${rest}${keyCount === 0 ? '' : `: ${out.command(list)}`}`];
}

function detailsOf(policy: Policy): (readonly [string, string])[] {
  const { overlap, evidence, brownouts, claim, approval, selfRotation } = policy;
  return [
    ['name', policy.name],
    ['keyspace', policy.keyspace],
    ['both accepted', `${overlap.min} at least, ${overlap.hard} at most, then ${overlap.atHard}`],
    ['extended by', overlap.soft],
    ['evidence', `${evidence.require.join(' ')}, by ${evidence.group}`],
    ['baseline', evidence.baseline],
    ['gaps allowed', evidence.gaps],
    ['undo', evidence.undo],
    ['brown-outs', brownoutsOf(brownouts)],
    ['claim closes', `${claim.close}, then ${claim.unclaimed}`],
    ['reminders', claim.remind.length === 0 ? 'none' : claim.remind.join(', ')],
    ['approvers', String(approval?.approvers ?? 0)],
    ['self-rotation', selfRotation ? 'yes' : 'no'],
    ['created', policy.createdAt],
    ['changed', policy.updatedAt],
    ['version', String(policy.version)],
  ];
}
