import type { Command } from 'commander';
import type { Policy, PolicyInUse, PolicyTerms } from '../policy-views.js';
import { withSession } from './connect.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { showCalendar } from './policy-calendar.js';
import { definePolicyDelete } from './policy-delete.js';
import { definePolicyFile } from './policy-file.js';
import { withData, withKeyspace, withPages } from './shared-options.js';

const COLUMNS: readonly Column<Policy>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'KEYSPACE', value: ({ keyspace }) => keyspace },
  { title: 'SCHEDULE', value: ({ schedule }) => scheduleOf(schedule) },
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
  withKeyspace(withData(noun.command('calendar')))
    .description('show who is due when, for up to a year')
    .argument('<name>')
    .option('--from <time>', '30d from now, or a date or time (default: now)')
    .option('--to <time>', '90d from now, or a date or time (default: a year)')
    .action(cli.run(showCalendar));
  definePolicyFile(noun, cli);
  definePolicyDelete(noun, cli);
}

async function listPolicies(call: Invocation): Promise<undefined> {
  const keyspace = call.options.text('keyspace');
  await withSession(call, ({ policies }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => policies.list({ keyspace, ...page }),
      none:
        'There is no policy: secrets are replaced on the built-in terms. A policy named "default" ' +
        'is that of every key that names none. Make it by a file: keyturn policy apply FILE.',
    }),
  );
}

async function showPolicy(call: Invocation): Promise<undefined> {
  const { options } = call;
  const where = { keyspace: options.text('keyspace') };
  const policy = await withSession(call, ({ policies }) => policies.get(operandOf(call), where));
  if (call.out.isJson) await call.out.document(policy);
  else
    await call.out.details([...detailsOf(policy), keysOf(call, policy), ...pastOf(call, policy)]);
}

function brownoutsOf(brownouts: PolicyTerms['brownouts']): string {
  if (brownouts === null) return 'none';
  const shares = brownouts.share.map((share) => `${share} %`).join(', ');
  return `${brownouts.for} each day from ${brownouts.after} on: ${shares}`;
}

function scheduleOf(schedule: PolicyTerms['schedule']): string {
  if (schedule === null) return 'on demand';
  const { every, mode, lead, spread, window, timezone, blackout, deliver, runwayUntil } = schedule;
  const parts = [
    `every ${every}`,
    mode === 'before' ? `begins ${lead} before it is due` : 'begins when it is due',
    spread === '0s' ? '' : `spread over ${spread}`,
    window === null ? '' : `${window} ${timezone}`,
    blackout.length === 0 ? '' : `not in ${blackout.join(', ')}`,
    deliver === null ? '' : `by ${deliver}`,
    runwayUntil === null ? '' : `not before ${runwayUntil}`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function expiryOf({ expiry }: Policy): (readonly [string, string])[] {
  if (expiry === null) return [['expiry', 'none']];
  const { maxAge, unused, grace, disable, runwayUntil } = expiry;
  const notBefore = runwayUntil === null ? '' : `, not before ${runwayUntil}`;
  const then = disable === 'never' ? 'told' : `warned of, then disabled after ${grace}${notBefore}`;
  return [
    ['secrets up to', maxAge === null ? 'any age' : `${maxAge} old, then past the policy`],
    ['unused keys', unused === null ? 'stay' : `after ${unused} ${then}`],
  ];
}

function probeOf(probe: PolicyTerms['probe']): string {
  if (probe === null) return 'none';
  if (probe.http === null) return `command ${probe.command}`;
  const { method, url, header, scheme, expect, timeout } = probe.http;
  const place = [header ?? (scheme === null ? null : 'Authorization'), scheme];
  const sent = place.filter((part) => part !== null).join(': ');
  const parts = [
    `${method} ${url}`,
    sent === '' ? '' : `the secret in ${sent}`,
    `expects ${expect.status.join(' or ')}`,
    expect.body === null ? '' : `a body with ${JSON.stringify(expect.body)}`,
    expect.json === null ? '' : `${expect.json.pointer} is ${JSON.stringify(expect.json.equals)}`,
    `within ${timeout}`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** Who follows it, and how they are listed. */
function keysOf({ out, options }: Invocation, policy: PolicyInUse): readonly [string, string] {
  const { name, keyspace, keyCount } = policy;
  const count = keyCount < MOST_COUNTED ? String(keyCount) : `${keyCount} or more`;
  const rest = name === 'default' ? ', and all that name none follow it, too' : '';
  const list = `keyturn key list --policy ${name} --keyspace ${keyspace}${whereTyped(options)}`;
  return ['keys', `${count} name it${rest}${keyCount === 0 ? '' : `: ${out.command(list)}`}`];
}

/** How those are listed whose secret is too old. */
function pastOf({ out, options }: Invocation, policy: Policy): (readonly [string, string])[] {
  const { name, keyspace, expiry } = policy;
  if (expiry === null || expiry.maxAge === null) return [];
  // Of `default`, keys that name none are past it, too.
  const which = name === 'default' ? '' : ` --policy ${name}`;
  const list = `keyturn key list --past-policy${which} --keyspace ${keyspace}`;
  return [['past it', out.command(`${list}${whereTyped(options)}`)]];
}

function detailsOf(policy: Policy): (readonly [string, string])[] {
  const { overlap, evidence, brownouts, claim, approval, emergency, selfRotation } = policy;
  return [
    ['name', policy.name],
    ['keyspace', policy.keyspace],
    ['schedule', scheduleOf(policy.schedule)],
    ...expiryOf(policy),
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
    ['in an emergency', `${emergency.overlap} of overlap`],
    ['a leak reported', emergency.onLeakReport],
    ['self-rotation', selfRotation ? 'yes' : 'no'],
    ['probe', probeOf(policy.probe)],
    ['reference', policy.reference ?? ''],
    ['created', policy.createdAt],
    ['changed', policy.updatedAt],
    ['version', String(policy.version)],
  ];
}
