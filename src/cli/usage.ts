import { type Command, Option } from 'commander';
import type { Usage, UsageFilter } from '../usage-views.js';
import { withSession } from './connect.js';
import type { Cli, Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { withPages } from './shared-options.js';

const COLUMNS: readonly Column<Usage>[] = [
  { title: 'START', value: (usage) => usage.start },
  { title: 'KEYSPACE', value: (usage) => usage.keyspace ?? '' },
  { title: 'KEY', value: (usage) => usage.key ?? '' },
  { title: 'SECRET', value: (usage) => (usage.secret === null ? '' : String(usage.secret)) },
  { title: 'TOTAL', value: (usage) => String(usage.total) },
  { title: 'OUTCOMES', value: (usage) => outcomesOf(usage) },
];

/** `keyturn usage …` */
export function defineUsage(noun: Command, cli: Cli): void {
  withPages(noun)
    .option('--key <id>', 'of this key')
    .option('--owner <owner>', 'of this owner’s keys')
    .option('--keyspace <keyspace>', 'name or id')
    .option('--from <time>', 'a date, an RFC 3339 time, or 24h back (the default)')
    .option('--to <time>', 'a date, an RFC 3339 time, or 24h back (default: now)')
    .addOption(new Option('--per <width>', 'how wide a row is').choices(['hour', 'day']))
    .addOption(
      new Option('--by <what>', 'what a row stands for').choices(['key', 'secret', 'total']),
    )
    .action(cli.run(showUsage));
}

async function showUsage(call: Invocation): Promise<undefined> {
  const filter = filterFrom(call);
  const where = whereTyped(call.options);
  const earlier = call.out.command(`keyturn usage --from 30d${where}`);
  const owned =
    filter.owner === undefined
      ? ''
      : ` See whether the owner has keys: ${call.out.command(`keyturn key list --owner OWNER${where}`)}`;
  await withSession(call, ({ usage }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => usage.list({ ...filter, ...page }),
      none: `Nothing was counted in this time. Look further back: ${earlier}${owned}`,
    }),
  );
}

function filterFrom({ options }: Invocation): UsageFilter {
  const per = options.text('per');
  const by = options.text('by');
  return {
    key: options.text('key'),
    owner: options.text('owner'),
    keyspace: options.text('keyspace'),
    from: options.text('from'),
    to: options.text('to'),
    ...(per === 'hour' || per === 'day' ? { per } : {}),
    ...(by === 'key' || by === 'secret' || by === 'total' ? { by } : {}),
  };
}

function outcomesOf({ outcomes }: Usage): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${outcome} ${count}`)
    .join(', ');
}
