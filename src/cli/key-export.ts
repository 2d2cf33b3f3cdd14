import { counted } from '../counted.js';
import { type ExportedKey, exportKeys, importRowOf, isManagementKey } from '../key-export.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';
import { printableJson } from './printable.js';
import { databaseOf } from './settings.js';

/** `key export`: a line a key, so that a million need no more memory than one. */
export async function exportAllKeys(call: Invocation): Promise<ExitCode> {
  const { settings } = await call.config();
  if (settings.database === 'memory:') {
    throw new UsageFault('A memory: database ends with its process.');
  }
  const { out, options } = call;
  const keys = exportKeys(databaseOf(settings), options.text('keyspace'));
  const left: ExportedKey[] = [];
  if (out.isJson) await out.part('{"items":[');
  await writeKeys(call, keys, left);
  if (out.isJson) await out.part(']}\n');
  const ofManagement = left.filter(isManagementKey);
  if (ofManagement.length > 0) out.note(managementNote(ofManagement.map(({ id }) => id)));
  return sayLeft(
    call,
    left.filter((key) => !isManagementKey(key)).map(({ id }) => id),
  );
}

/** @param left takes what no row can say. */
async function writeKeys(
  { out, options }: Invocation,
  keys: AsyncIterable<ExportedKey>,
  left: ExportedKey[],
): Promise<void> {
  const isForImport = options.has('importRows');
  let isFirst = true;
  for await (const key of keys) {
    if (out.isAbandoned) break;
    const row = isForImport ? importRowOf(key) : key;
    if (row === undefined) left.push(key);
    else {
      await out.part(lineOf(row, { isJson: out.isJson, isFirst }));
      isFirst = false;
    }
  }
}

/** Only Keyturn makes keys to itself: no import would take them. */
function managementNote(ids: readonly string[]): string {
  return (
    `Management keys are in no rows, because none can be imported: ${ids.join(', ')}. Make new ` +
    'ones there: keyturn key create --keyspace keyturn'
  );
}

function lineOf(
  row: ExportedKey | NonNullable<ReturnType<typeof importRowOf>>,
  { isJson, isFirst }: { readonly isJson: boolean; readonly isFirst: boolean },
): string {
  const text = printableJson(row, 0);
  if (!isJson) return `${text}\n`;
  return isFirst ? text : `,${text}`;
}

/** Nothing is dropped in silence. */
function sayLeft({ out }: Invocation, left: readonly string[]): ExitCode {
  if (left.length === 0) return EXIT.done;
  out.fault(
    `${counted(left.length, 'key')} left out, because a row can say neither restrictions nor several ` +
      `secrets: ${left.join(', ')}. Move the whole database instead, or issue them again.`,
    'keyturn move --help',
  );
  return EXIT.refused;
}
