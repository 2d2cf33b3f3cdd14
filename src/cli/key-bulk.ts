import { BULK_ACTS, type BulkAct, type BulkInput, type BulkItem } from '../bulk-views.js';
import { counted } from '../counted.js';
import { isConfirmed, requireConsent } from './ask.js';
import { type Session, withSession } from './connect.js';
import { EXIT, type ExitCode, MissingFault, UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';
import { filterFrom } from './key-read.js';
import { whereTyped } from './next-step.js';
import { printableJson } from './printable.js';

const WAVE = 200;
/** What names many keys. */
const FILTERS = ['search', 'owner', 'tag', 'keyspace', 'state', 'policy', 'pastPolicy', 'env'];

/** `keyturn key bulk ACT ID…`, or by what the keys have: a wave of 200 a call, with its progress. */
export async function changeMany(call: Invocation): Promise<ExitCode> {
  const input = inputFrom(call);
  requireConsent(call);
  return await withSession(call, async ({ keys }) => {
    const ids = await idsFrom(call, keys);
    const isTrial = call.options.has('dryRun');
    const question = `This would ${input.act} ${counted(ids.length, 'key')}.`;
    if (!isTrial && !(await isConfirmed(call, question))) return EXIT.refused;
    return await inWaves(call, keys, { input: { ...input, dryRun: isTrial }, ids });
  });
}

type Rest = Omit<BulkInput, 'ids'>;

function inputFrom(call: Invocation): Rest {
  const { options, operands } = call;
  const act = actIn(operands[0]);
  const deliver = options.text('deliver');
  const tags = options.texts('set');
  return {
    act,
    ...(tags !== undefined && { tags }),
    reason: options.text('reason'),
    overlap: options.text('overlap'),
    ...(deliver === 'claim' || deliver === 'destinations' ? { deliver } : {}),
  };
}

function actIn(text: string | undefined): BulkAct {
  const act = BULK_ACTS.find((one) => one === text);
  if (act !== undefined) return act;
  const next = 'keyturn key bulk --help';
  throw new UsageFault(`Say what is to be done: ${BULK_ACTS.join(', ')}.`, { next });
}

/** Named one by one, or by what they have: never all of them because nothing was said. */
async function idsFrom(call: Invocation, keys: Session['keys']): Promise<readonly string[]> {
  const { options } = call;
  const named = call.operands.slice(1);
  const isFiltered = FILTERS.some((name) => options.all[name] !== undefined);
  if (isFiltered === named.length > 0) {
    throw new UsageFault('Name keys by their ids, or by --search, --owner, --tag and the like.', {
      next: 'keyturn key bulk --help',
    });
  }
  if (!isFiltered) return named;
  const filter = { ...filterFrom(options), search: options.text('search'), limit: WAVE };
  const ids: string[] = [];
  for await (const { id } of keys.list(filter)) ids.push(id);
  if (ids.length > 0) return ids;
  const next = `keyturn key list${whereTyped(options)}`;
  throw new MissingFault('No key is so: nothing was changed.', next);
}

async function inWaves(
  call: Invocation,
  keys: Session['keys'],
  { input, ids }: { readonly input: Rest; readonly ids: readonly string[] },
): Promise<ExitCode> {
  const totals = { would: 0, done: 0, unchanged: 0, refused: 0 };
  if (call.out.isJson) await call.out.part('{"items":[');
  for (let start = 0; start < ids.length; start += WAVE) {
    const wave = ids.slice(start, start + WAVE);
    const options = { idempotencyKey: keyOfWave(call, start / WAVE + 1) };
    const { items, totals: more } = await keys.bulk({ ...input, ids: wave }, options);
    for (const [index, item] of items.entries()) {
      await write(call, item, start + index === 0);
      totals[item.outcome] += 1;
    }
    if (more.refused < items.length || ids.length <= WAVE) {
      call.out.note(`${Math.min(start + WAVE, ids.length)} of ${counted(ids.length, 'key')}.`);
      continue;
    }
    call.out.note('All of these were refused: the rest is left as it is.');
    break;
  }
  if (call.out.isJson) await call.out.part(`],"totals":${JSON.stringify(totals)}}\n`);
  if (input.dryRun === true) call.out.note('This was a dry run: nothing was changed.');
  return totals.refused > 0 ? EXIT.refused : EXIT.done;
}

/** A line each; a link to a new secret goes to whoever reads standard output, once. */
async function write(call: Invocation, item: BulkItem, isFirst: boolean): Promise<void> {
  const { id, name, outcome, what, reason, claim } = item;
  if (call.out.isJson) {
    return call.out.part(`${isFirst ? '' : ','}${printableJson(item, 0)}`);
  }
  const line = `${id}  ${outcome}  ${name ?? ''}  ${reason ?? what}`;
  if (claim === undefined) return call.out.text(line);
  return call.out.plaintext(`${id}  ${outcome}  ${claim.url}`);
}

/** Each wave is a request of its own: the same command again repeats them one by one. */
function keyOfWave({ options }: Invocation, number: number): string | undefined {
  const key = options.text('idempotencyKey');
  return key === undefined || number === 1 ? key : `${key} wave ${number}`;
}
