import type { Command } from 'commander';
import type { SwitchDisagreement, SwitchReport } from '../comparison.js';
import { counted } from '../counted.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import type { Column } from './output.js';
import { withPages } from './shared-options.js';

const LARGEST_PAGE = 200;

const COLUMNS: readonly Column<SwitchDisagreement>[] = [
  { title: 'KEYSPACE', value: (row) => row.keyspace },
  { title: 'KEY', value: (row) => row.key ?? '' },
  { title: 'SHA-256', value: (row) => (row.hint === null ? '' : `${row.hint}…`) },
  { title: 'AT', value: (row) => row.label ?? '' },
  { title: 'BEFORE', value: (row) => row.old },
  { title: 'KEYTURN', value: (row) => row.code ?? row.keyturn },
  { title: 'CHECKS', value: (row) => String(row.count) },
  { title: 'LAST', value: (row) => row.lastAt },
];

/** `keyturn import …` */
export function defineImport(noun: Command, cli: Cli): void {
  withPages(noun.command('report'))
    .description(
      'tell where guards in shadow decided otherwise than the check before; 0 if nowhere',
    )
    .option('--keyspace <keyspace>', 'name or id')
    .option('--since <time>', 'a date, an RFC 3339 time, or 24h back (default: all that is kept)')
    .action(cli.run(showReport));
}

async function showReport(call: Invocation): Promise<ExitCode> {
  const report = await withSession(call, ({ keys }) => {
    const since = call.options.text('since');
    const keyspace = call.options.text('keyspace');
    const read = (limit: number | undefined, cursor: string | undefined) =>
      keys.importReport({ since, keyspace, limit, cursor });
    return call.options.has('all') ? allOf(read) : pageOf(call, read);
  });
  if (call.out.isJson) await call.out.document(report);
  else await tell(call, report);
  return report.isSafe ? EXIT.done : EXIT.refused;
}

type Read = (limit: number | undefined, cursor: string | undefined) => Promise<SwitchReport>;

function pageOf({ options }: Invocation, read: Read): Promise<SwitchReport> {
  return read(options.wholeNumber('limit'), options.text('cursor'));
}

/** At most some thousand rows are kept. */
async function allOf(read: Read): Promise<SwitchReport> {
  const report = await read(LARGEST_PAGE, undefined);
  const items = [...report.items];
  for (let cursor = report.nextCursor; cursor !== null; ) {
    const page = await read(LARGEST_PAGE, cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return { ...report, items, nextCursor: null };
}

async function tell(call: Invocation, report: SwitchReport): Promise<void> {
  const { out } = call;
  if (report.items.length > 0) await out.table(COLUMNS, report.items);
  if (report.nextCursor !== null) {
    out.note(`There are more: repeat with --cursor ${report.nextCursor}, or with --all.`);
  }
  await out.text(`${sumsOf(report)}\n${adviceOf(report)}`);
}

function sumsOf({ checks, since }: SwitchReport): string {
  const { agreed, admitted, disagreed, undecided, unasked, skipped } = checks;
  if (since === null) return 'Nothing was compared.';
  const others = [
    ...(undecided === 0 ? [] : [`${undecided} without an answer of Keyturn`]),
    ...(unasked === 0 ? [] : [`${unasked} without an answer of the check before, refused`]),
    ...(skipped === 0 ? [] : [`${skipped} put off, to be no burden`]),
  ];
  const sums = `${counted(agreed + disagreed, 'check')} compared since ${since}: ${agreed} decided alike (${admitted} admitted)`;
  return `${[`${sums}, ${disagreed} in two ways`, ...others].join('; ')}.`;
}

function adviceOf({ isSafe, disagreements, since, checks }: SwitchReport): string {
  if (isSafe) return 'No disagreement: it is safe to take "shadow" out of the guards.';
  if (disagreements > 0) {
    const rows = counted(disagreements, 'row');
    return (
      `Do not switch yet: ${rows} of disagreements. Import again what is unknown, set right what ` +
      'differs, then look with --since at what came after.'
    );
  }
  if (checks.agreed > 0 && checks.admitted === 0) {
    return 'Do not switch yet: no request was admitted by both. Call the route with a good key, and look again.';
  }
  if (checks.agreed > 0) return `Do not switch yet: ${tooFewAdvice(checks)}`;
  const what = since === null ? 'Guard a route with the option "shadow"' : 'Wait for requests';
  return `There is nothing to go by yet. ${what}, and look again.`;
}

function tooFewAdvice({ undecided, unasked, skipped }: SwitchReport['checks']): string {
  const bound = 'for each check that was not compared, a hundred have to be.';
  const look = 'then look with --since at what came after.';
  if (undecided + unasked > 0) return `${bound} Mend what gives no answer, ${look}`;
  const isOne = skipped === 1;
  return (
    `${bound} Nothing is broken: ${isOne ? 'it came' : 'they came'} while too many others waited. A key ` +
    'with a slow hash gets a quick one at its first comparison, and unknown keys are looked up a few at ' +
    `a time. Let requests come, which are compared later, ${look}`
  );
}
