import { counted } from '../../counted.js';
import type { ImportReport, ImportResult } from '../../views.js';
import { type Session, withSession } from '../connect.js';
import { EXIT, type ExitCode, UsageFault } from '../fault.js';
import { type Invocation, operandOf } from '../invocation.js';
import type { Column } from '../output.js';
import { Interrupted } from '../problem.js';
import { Earlier } from './earlier.js';
import { isHashAlone, keyspaceNotes, keyspaceOf } from './keyspace-notes.js';
import { type Part, partsOf } from './parts.js';
import { isSourceName, readerOf, SOURCES, type SourceName } from './readers.js';
import { withSmallScopes } from './small-scopes.js';
import type { SourceRow } from './source-row.js';

const PROGRESS_ROWS = 10_000;

/**
 * What `--from` takes.
 * @public
 */
export const IMPORT_SOURCES = SOURCES;

/** What became of a row, and where it stands in the source. */
type ShownResult = ImportResult & { readonly place: string };

const COLUMNS: readonly Column<ShownResult>[] = [
  { title: 'PLACE', value: (result) => result.place },
  { title: 'ID', value: (result) => result.id ?? '' },
  { title: 'OUTCOME', value: (result) => OUTCOMES[result.outcome] },
  { title: 'WHY', value: (result) => wordsOf(result) },
];

const OUTCOMES: Readonly<Record<ImportResult['outcome'], string>> = {
  created: 'created',
  unchanged: 'unchanged',
  differs: 'differs',
  refused: 'refused',
  reissue: 'to be issued again',
};

/**
 * `key import FILE --from SOURCE`: a report of every row, and safe to run again.
 * @public
 */
export async function importKeys(call: Invocation): Promise<ExitCode> {
  const from = sourceOf(call);
  const readRows = await readerOf(from);
  const report = new Report(call);
  const rows = readRows(operandOf(call), {
    stdin: call.streams.stdin,
    table: call.options.text('table'),
    ownerColumn: call.options.text('ownerColumn'),
    fromKeyspace: report.fromKeyspace,
  });
  const source = withSmallScopes(rows, call.options.has('lowerScopes'));
  try {
    await withSession(call, async (session) => {
      const earlier = report.dryRun ? new Earlier() : undefined;
      const before = await keyspaceOf(session, report.keyspace);
      for await (const part of partsOf(source, session.importLimits, earlier)) {
        await takePart(session, part, { report, earlier });
      }
      const after = await keyspaceOf(session, report.keyspace);
      report.notes = keyspaceNotes(before, after, report.hasHashes);
    });
  } catch (fault) {
    throw await report.endedBy(fault);
  }
  return await report.show();
}

function sourceOf(call: Invocation): SourceName {
  const from = call.options.required('from');
  if (isSourceName(from)) return from;
  throw new UsageFault(`--from takes one of ${SOURCES.join(', ')}.`);
}

async function takePart(
  session: Session,
  part: Part,
  { report, earlier }: { readonly report: Report; readonly earlier: Earlier | undefined },
): Promise<void> {
  const sent = part.rows.filter(({ row }) => row !== undefined);
  const known: readonly unknown[] = [...part.earlier].map((text) => JSON.parse(text));
  const rows = [...known, ...sent.map(({ row }) => row)];
  const { keyspace, fromKeyspace, dryRun } = report;
  const answered =
    sent.length === 0
      ? []
      : (await session.keys.import({ rows, keyspace, fromKeyspace, dryRun })).rows;
  const results = new Map(sent.map((row, index) => [row, answered[known.length + index]]));
  for (const source of part.rows) {
    const result = results.get(source);
    report.add(source, result);
    if (result?.outcome === 'created' && source.row !== undefined) earlier?.keep(source.row);
  }
}

/** Gathers what became of each row, and tells of it while it goes on. */
class Report {
  readonly keyspace: string | undefined;
  readonly fromKeyspace: string | undefined;
  readonly dryRun: boolean;
  readonly #call: Invocation;
  readonly #rows: ShownResult[] = [];
  /** Some key that was taken over is known by its hash alone. */
  hasHashes = false;
  /** What there is to say of all of them. */
  notes: readonly string[] = [];

  constructor(call: Invocation) {
    this.#call = call;
    this.keyspace = call.options.text('keyspace');
    this.fromKeyspace = call.options.text('fromKeyspace');
    this.dryRun = call.options.has('dryRun');
  }

  add(source: SourceRow, result: ImportResult | undefined): void {
    const row = this.#rows.length;
    const { place } = source;
    const isTaken = result?.outcome === 'created' || result?.outcome === 'unchanged';
    this.hasHashes ||= isTaken && isHashAlone(source.row);
    if (result === undefined) this.#rows.push({ ...unreadable(source), place, row });
    else {
      const notes = [...(result.notes ?? []), ...(source.notes ?? [])];
      this.#rows.push({ ...result, ...(notes.length === 0 ? {} : { notes }), place, row });
    }
    if (this.#rows.length % PROGRESS_ROWS === 0) {
      this.#call.out.note(`${this.#rows.length} rows …`);
    }
  }

  /**
   * What was done before a fault stays done, so it is told, too.
   * @returns what to throw.
   */
  async endedBy(fault: unknown): Promise<unknown> {
    if (this.#rows.length === 0) return fault;
    if (this.#call.out.isJson) return new Interrupted(this.#document(), fault);
    await this.#showForPeople(totalsOf(this.#rows));
    const stays = this.dryRun ? '' : ' What was done stays done: run it again.';
    this.#call.out.note(`It ended after ${counted(this.#rows.length, 'row')}.${stays}`);
    return fault;
  }

  async show(): Promise<ExitCode> {
    const totals = totalsOf(this.#rows);
    if (this.#call.out.isJson) await this.#call.out.document(this.#document());
    else await this.#showForPeople(totals);
    const isEndedThere = this.#rows.some((row) => row.endedThere === true);
    return totals.refused + totals.reissue > 0 || isEndedThere ? EXIT.refused : EXIT.done;
  }

  #document(): object {
    const mark = this.dryRun ? { dryRun: true } : {};
    const notes = this.notes.length === 0 ? {} : { notes: this.notes };
    return { rows: this.#rows, totals: totalsOf(this.#rows), ...notes, ...mark };
  }

  async #showForPeople(totals: ImportReport['totals']): Promise<void> {
    const { out } = this.#call;
    const told = this.#rows.filter(isTold);
    if (told.length > 0) await out.table(COLUMNS, told);
    for (const note of this.notes) await out.text(note);
    await out.text(
      `${counted(totals.rows, 'row')}: ${totals.created} created, ${totals.unchanged} unchanged, ` +
        `${totals.differs} differ, ${totals.refused} refused, ` +
        `${totals.reissue} to be issued again.`,
    );
    if (this.dryRun) out.note('This was a dry run: nothing was changed.');
  }
}

/** Rows about which there is something to say. */
function isTold({ outcome, notes }: ImportResult): boolean {
  return notes !== undefined || (outcome !== 'created' && outcome !== 'unchanged');
}

function wordsOf({ reason, fix, notes = [] }: ImportResult): string {
  return [reason, fix, ...notes].filter((text) => text !== undefined && text !== '').join(' ');
}

/** A row that no import was asked about. */
function unreadable(source: SourceRow): Omit<ImportResult, 'row'> {
  const { id, fault, isToBeReissued, notes } = source;
  const outcome = isToBeReissued === true ? 'reissue' : 'refused';
  const [reason = '', ...fix] = `It ${fault ?? 'cannot be read.'}`.split(/(?<=\.) (?=[A-Z])/);
  const told = notes === undefined ? {} : { notes };
  return { id: id ?? null, outcome, key: null, reason, fix: fix.join(' '), ...told };
}

function totalsOf(rows: readonly ImportResult[]): ImportReport['totals'] {
  const totals = { rows: 0, created: 0, unchanged: 0, differs: 0, refused: 0, reissue: 0 };
  for (const { outcome } of rows) {
    totals.rows += 1;
    totals[outcome] += 1;
  }
  return totals;
}
