import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Events } from '../record-views.js';
import type { ChainReport, Event } from '../views.js';
import { withSession } from './connect.js';
import { requireEventType } from './event-type.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';
import { withData, withPages } from './shared-options.js';

type KnownHeads = NonNullable<NonNullable<Parameters<Events['verify']>[0]>['known']>;

const ID = /^(?:key|ks)_[0-9a-z]{26}$/;
const HASH = /^[A-Za-z0-9_-]{43}$/; // SHA-256 in base64url, as the HTTP API takes it.

const COLUMNS: readonly Column<Event>[] = [
  { title: 'AT', value: (event) => event.at },
  { title: 'KEYSPACE', value: (event) => event.keyspace },
  { title: 'NUMBER', value: (event) => String(event.number) },
  { title: 'TYPE', value: (event) => event.type },
  { title: 'SUBJECT', value: (event) => event.subject.id },
  { title: 'BY', value: (event) => `${event.actor.kind} ${event.actor.id}` },
  { title: 'CHANGED', value: (event) => event.changes.map(changedText).join(' ') },
  { title: 'REASON', value: (event) => event.reason ?? '' },
];

const REPORT_COLUMNS: readonly Column<ChainReport>[] = [
  { title: 'KEYSPACE', value: (report) => report.keyspace },
  { title: 'VERIFIED', value: (report) => (report.ok ? 'yes' : `no: ${faultOf(report)}`) },
  { title: 'EVENTS', value: (report) => String(report.eventCount) },
  { title: 'HEAD', value: (report) => `${report.head.number} ${report.head.hash}` },
];

/** `keyturn events …` */
export function defineEvents(noun: Command, cli: Cli): void {
  withPages(noun.command('list'))
    .description('list events, newest first')
    .option('--keyspace <keyspace>', 'name or id')
    .option('--subject <id>', 'of this key, keyspace or owner')
    .option('--type <type>', 'of this type: key.revoked')
    .option('--from <time>', 'a date, an RFC 3339 time, or 24h back')
    .option('--to <time>', 'a date, an RFC 3339 time, or 24h back (default: now)')
    .action(cli.run(listEvents));
  withData(noun.command('verify'))
    .description('verify each keyspace’s chain of events from its first one')
    .option('--keyspace <keyspace>', 'name or id')
    .option('--known <file>', 'heads kept from before: what --json printed then')
    .action(cli.run(verifyEvents));
}

async function listEvents(call: Invocation): Promise<undefined> {
  const { options } = call;
  requireEventType(options.text('type'));
  const filter = {
    keyspace: options.text('keyspace'),
    subject: options.text('subject'),
    type: options.text('type'),
    from: options.text('from'),
    to: options.text('to'),
  };
  await withSession(call, ({ events }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => events.list({ ...filter, ...page }),
      none: noneOf(filter.subject),
    }),
  );
}

/** A field by its name; of secrets, what became of which: `secrets(1 revoked, 2 current)`. */
function changedText({ field, from, to }: Event['changes'][number]): string {
  if (field !== 'secrets') return field;
  const before = new Map(secretsIn(from).map(({ number, state }) => [number, state]));
  const changed = secretsIn(to).filter(({ number, state }) => before.get(number) !== state);
  const said = changed.map(({ number, state }) => `${number} ${state}`).join(', ');
  return said === '' ? field : `${field}(${said})`;
}

function secretsIn(value: unknown) {
  return (Array.isArray(value) ? value : []).flatMap((one: unknown) =>
    isRecord(one) ? [{ number: String(one['number']), state: String(one['state']) }] : [],
  );
}

/** An owner's id may be any text, so what is no id of ours can only be told of afterwards. */
function noneOf(subject: string | undefined): string {
  const none = 'There is no such event.';
  if (subject === undefined || ID.test(subject)) return none;
  return `${none} --subject takes an id: "${subject}" is none of a key or keyspace, nor an owner's here.`;
}

async function verifyEvents(call: Invocation): Promise<ExitCode> {
  const path = call.options.text('known');
  const known = path === undefined ? undefined : knownHeadsIn(path);
  const keyspace = call.options.text('keyspace');
  const reports = await withSession(call, ({ events }) => events.verify({ keyspace, known }));
  if (keyspace !== undefined) requireHeadOf(keyspace, known, reports);
  if (call.out.isJson) await call.out.document({ items: reports });
  else await call.out.table(REPORT_COLUMNS, reports);
  const broken = reports.find((report) => !report.ok);
  if (broken === undefined) return EXIT.done;
  call.out.fault(
    `The audit trail of keyspace ${broken.keyspace} does not verify: ${faultOf(broken)}. ` +
      'Keep the database as it is, and compare it with a backup.',
    `keyturn events list --keyspace ${broken.keyspace}${whereTyped(call.options)}`,
  );
  return EXIT.refused;
}

/** @throws {UsageFault} nothing was compared, and a chain that was rewritten would look whole. */
function requireHeadOf(
  keyspace: string,
  known: KnownHeads | undefined,
  reports: readonly ChainReport[],
): void {
  const names = [keyspace, ...reports.map((report) => report.keyspace)];
  if (known === undefined || known.some((one) => names.includes(one.keyspace))) return;
  throw new UsageFault(`--known holds no head of keyspace ${keyspace}: nothing was compared.`, {
    next: 'keyturn events verify --json',
  });
}

function faultOf({ fault }: ChainReport): string {
  switch (fault?.kind) {
    case undefined:
      return '';
    case 'gap':
      return `event ${fault.number} is missing`;
    case 'edited':
      return `event ${fault.number} was edited`;
    case 'unlinked':
      return `event ${fault.number} does not follow the one before it`;
    case 'truncated':
      return `event ${fault.number} and all after it were cut off`;
    case 'rewritten':
      return `event ${fault.number} is not the one that was known`;
  }
}

function knownHeadsIn(path: string): KnownHeads {
  const fault = `${path} holds no known heads. Write one with: keyturn events verify --json > FILE`;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageFault(fault, { cause });
  }
  const list = isRecord(content) && Array.isArray(content['items']) ? content['items'] : content;
  if (!Array.isArray(list) || list.length === 0) throw new UsageFault(fault);
  if (!list.every(isKnownHead)) throw new UsageFault(fault);
  return list.map(({ keyspace, head }) => ({ keyspace, head }));
}

function isKnownHead(value: unknown): value is KnownHeads[number] {
  if (!isRecord(value) || typeof value['keyspace'] !== 'string') return false;
  const head = value['head'];
  if (!isRecord(head) || typeof head['hash'] !== 'string') return false;
  return Number.isSafeInteger(head['number']) && HASH.test(head['hash']);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
