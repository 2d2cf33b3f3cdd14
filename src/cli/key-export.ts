import { counted } from '../counted.js';
import { type ExportedKey, exportKeys, importRowOf } from '../key-export.js';
import type { ImportRow } from '../views.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';
import { printableJson } from './printable.js';
import { databaseOf } from './settings.js';

/** What no row says, to be told at the end. */
interface Unsaid {
  /** Only Keyturn makes keys to itself: no import would take them. */
  readonly management: string[];
  /** Keys that are in a row, and each one's policy that is not. */
  readonly policies: string[];
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
  const unsaid: Unsaid = { management: [], policies: [], leftOut: new Map() };
  if (out.isJson) await out.part('{"items":[');
  await writeKeys(call, keys, unsaid);
  if (out.isJson) await out.part(']}\n');
  return sayUnsaid(call, unsaid);
}

async function writeKeys(
  { out, options }: Invocation,
  keys: AsyncIterable<ExportedKey>,
  unsaid: Unsaid,
): Promise<void> {
  const isForImport = options.has('importRows');
  let isFirst = true;
  for await (const key of keys) {
    if (out.isAbandoned) break;
    const row = isForImport ? rowOf(key, unsaid) : key;
    if (row === undefined) continue;
    await out.part(lineOf(row, { isJson: out.isJson, isFirst }));
    isFirst = false;
  }
}

function rowOf(key: ExportedKey, { management, policies, leftOut }: Unsaid): ImportRow | undefined {
  const { id, policy } = key;
  const said = importRowOf(key);
  switch (said.kind) {
    case 'row':
      if (policy !== null) policies.push(`${id} (${policy})`);
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

function lineOf(
  row: ExportedKey | ImportRow,
  { isJson, isFirst }: { readonly isJson: boolean; readonly isFirst: boolean },
): string {
  const text = printableJson(row, 0);
  if (!isJson) return `${text}\n`;
  return isFirst ? text : `,${text}`;
}

/** Nothing is dropped in silence. */
function sayUnsaid({ out }: Invocation, { management, policies, leftOut }: Unsaid): ExitCode {
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
