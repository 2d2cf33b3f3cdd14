import { counted } from '../counted.js';
import { type ExportedKey, exportKeys, importRowOf } from '../key-export.js';
import type { ImportRow } from '../views.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';
import type { Output } from './output.js';
import { printableJson } from './printable.js';
import { problemOf, Told } from './problem.js';
import { databaseOf } from './settings.js';

/** What no row says, to be told at the end. */
interface Unsaid {
  /** Only Keyturn makes keys to itself: no import would take them. */
  readonly management: string[];
  /** Keys that are in a row, and each one's policy that is not. */
  readonly policies: string[];
  /** How many of the keys in rows each management key has made. */
  readonly makers: Map<string, number>;
  /** Keys that are in none, by the reason. */
  readonly leftOut: Map<string, string[]>;
}

/** `key export`: a line a key, so that a million need no more memory than one. */
export async function exportAllKeys(call: Invocation): Promise<ExitCode> {
  const { settings } = await call.config();
  if (settings.database === 'memory:') {
    throw new UsageFault('A memory: database ends with its process.');
  }
  const { out, options } = call;
  const keys = exportKeys(databaseOf(settings), options.text('keyspace'));
  const unsaid: Unsaid = { management: [], policies: [], makers: new Map(), leftOut: new Map() };
  const written = new Written(out);
  try {
    for await (const key of keys) {
      if (out.isAbandoned) break;
      const row = options.has('importRows') ? rowOf(key, unsaid) : key;
      if (row !== undefined) await written.add(row);
    }
  } catch (fault) {
    throw await written.endedBy(fault);
  }
  await written.end();
  return sayUnsaid(call, unsaid);
}

/** What stands on standard output: a line a key, or one document. */
class Written {
  readonly #out: Output;
  #count = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  async add(row: ExportedKey | ImportRow): Promise<void> {
    const text = printableJson(row, 0);
    const before = this.#count === 0 ? '{"items":[' : ',';
    await this.#out.part(this.#out.isJson ? before + text : `${text}\n`);
    this.#count += 1;
  }

  async end(): Promise<void> {
    if (!this.#out.isJson) return;
    await this.#out.part(this.#count === 0 ? '{"items":[]}\n' : ']}\n');
  }

  /**
   * A file that breaks off must not pass for a whole one: the fault stands in it, as its last line
   * or in its document.
   * @returns what to throw.
   */
  async endedBy(fault: unknown): Promise<unknown> {
    if (this.#count === 0) return fault;
    const problem = printableJson(problemOf(fault), 0);
    const last = this.#out.isJson ? `],${problem.slice(1)}` : problem;
    await this.#out.part(`${last}\n`).catch(() => {}); // The fault may be that nothing can be written.
    this.#out.note(`The export is not complete: it ended after ${counted(this.#count, 'key')}.`);
    return new Told(fault);
  }
}

function rowOf(key: ExportedKey, unsaid: Unsaid): ImportRow | undefined {
  const { management, policies, makers, leftOut } = unsaid;
  const { id, policy, maker } = key;
  const said = importRowOf(key);
  switch (said.kind) {
    case 'row':
      if (policy !== null) policies.push(`${id} (${policy})`);
      if (maker !== null) makers.set(maker, (makers.get(maker) ?? 0) + 1);
      return said.row;
    case 'management':
      management.push(id);
      return undefined;
    case 'left_out':
      if (!leftOut.has(said.reason)) leftOut.set(said.reason, []);
      leftOut.get(said.reason)?.push(id);
      return undefined;
  }
}

/** Nothing is dropped in silence. */
function sayUnsaid({ out }: Invocation, unsaid: Unsaid): ExitCode {
  const { management, policies, makers, leftOut } = unsaid;
  if (management.length > 0) {
    out.note(
      `Management keys are in no rows, because none can be imported: ${management.join(', ')}. ` +
        'Make new ones there: keyturn key create --keyspace keyturn',
    );
  }
  if (policies.length > 0) {
    out.note(
      `A row names no policy, and these keys have one: ${policies.join(', ')}. Give it to them ` +
        'there: keyturn key update ID --policy NAME',
    );
  }
  if (makers.size > 0) {
    const made = [...makers].map(([maker, count]) => `${maker} (${counted(count, 'key')})`);
    out.note(
      `A row names no maker, because management keys are in none, and these have made some: ` +
        `${made.join(', ')}. There, who imports them has.`,
    );
  }
  if (leftOut.size === 0) return EXIT.done;
  const ids = [...leftOut.values()].flat();
  const reasons = [...leftOut].map(([reason, of]) => `  ${of.join(', ')}: ${reason}.`);
  out.fault(
    `${counted(ids.length, 'key')} left out:\n${reasons.join('\n')}\n` +
      'Move the whole database instead, or issue them again.',
    'keyturn move --help',
  );
  return EXIT.refused;
}
