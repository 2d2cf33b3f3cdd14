import type { Command } from 'commander';
import { counted } from '../counted.js';
import type { Few, Overview } from '../overview-views.js';
import { withSession } from './connect.js';
import type { Cli, Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
import { withData } from './shared-options.js';

/** `keyturn overview` */
export function defineOverview(noun: Command, cli: Cli): void {
  withData(noun)
    .option('--keyspace <keyspace>', 'name or id (default: all)')
    .action(cli.run(showOverview));
}

async function showOverview(call: Invocation): Promise<undefined> {
  const keyspace = call.options.text('keyspace');
  const seen = await withSession(call, ({ overview }) => overview({ keyspace }));
  if (call.out.isJson) await call.out.document(seen);
  else await call.out.text(textOf(call, seen));
}

function textOf(call: Invocation, { rotations, keys, notices, checks }: Overview): string {
  const lines = [
    ...(rotations === null
      ? []
      : [
          ...linesOf('waiting for a person', rotations.waiting, ({ rotation, name, why }) => {
            return `${rotation} (${name}): ${why}`;
          }),
          ...linesOf('with stragglers', rotations.stragglers, ({ rotation, name, ...one }) => {
            return `${rotation} (${name}): ${counted(one.consumerCount, 'consumer')} on the old secret`;
          }),
          ...linesOf('with a delivery that fails', rotations.deliveries, (one) => {
            return `${one.rotation} (${one.name}): ${one.message}`;
          }),
        ]),
    ...(keys === null
      ? []
      : [
          ...linesOf('expiring within 14 days', keys.expiring, ({ key, name, expiresAt }) => {
            return `${key} (${name}) at ${expiresAt}`;
          }),
          ...linesOf('past their policy', keys.pastPolicy, ({ key, name, since }) => {
            return `${key} (${name}) since ${since}`;
          }),
        ]),
    ...(notices === null
      ? []
      : linesOf('notices that nobody took', notices.dead, ({ notice, kind, recipient }) => {
          return `${notice}: ${kind} to ${recipient}`;
        })),
  ];
  const more = call.out.command(`keyturn rotation list --open${whereTyped(call.options)}`);
  const first = lines.length === 0 ? ['Nothing needs a person now.'] : lines;
  const open = rotations === null ? [] : [`Open rotations: ${rotations.open}. See them: ${more}`];
  return [...first, ...open, ...checksLines(checks)].join('\n');
}

function linesOf<T>(what: string, { count, isAtLeast, items }: Few<T>, show: (one: T) => string) {
  if (count === 0) return [];
  const title = `${count}${isAtLeast ? ' or more' : ''} ${what}:`;
  const left = count - items.length;
  const rest = left > 0 ? [`  and ${left} more`] : [];
  return [title, ...items.map((one) => `  ${show(one)}`), ...rest];
}

function checksLines(checks: Overview['checks']): readonly string[] {
  if (checks === null) return [];
  const total = checks.hours.reduce((sum, hour) => sum + hour.total, 0);
  const valid = checks.hours.reduce((sum, hour) => sum + hour.valid, 0);
  return [`Checks in 24 hours: ${total}, of which ${total - valid} were refused.`];
}
