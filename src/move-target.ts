import { isUnused, requireApart } from './move-check.js';
import type { SqlStore } from './store/sql/sql-store.js';
import { openSqlTool, storeOptionsOf, type UpkeepTarget } from './upkeep.js';

/** The target's address, without password. A file that is not there yet is not made for that. */
export async function whereTo(source: SqlStore, to: UpkeepTarget): Promise<string> {
  const address = await addressIfNew(to);
  if (address !== undefined) return address;
  const target = await openSqlTool(storeOptionsOf(to));
  try {
    await requireApart(source, target);
    return target.where;
  } finally {
    await target.close();
  }
}

/** Opens source and target to fill the one from the other; a file that came to no use is unmade. */
export async function withBoth<T>(
  { from, to }: { readonly from: UpkeepTarget; readonly to: UpkeepTarget },
  fill: (source: SqlStore, target: SqlStore) => Promise<T>,
): Promise<T> {
  const source = await openSqlTool(storeOptionsOf(from));
  const isNew = (await addressIfNew(to)) !== undefined;
  try {
    // As a server, so that none has a file open that is being filled.
    const target = await openSqlTool({ ...storeOptionsOf(to), role: 'server' });
    try {
      return await fill(source, target);
    } finally {
      await target.close();
    }
  } catch (fault) {
    if (isNew) await unmake(source, to).catch(() => undefined); // The fault itself is told.
    throw fault;
  } finally {
    await source.close();
  }
}

async function addressIfNew(to: UpkeepTarget): Promise<string | undefined> {
  if (!to.database.startsWith('sqlite:')) return undefined;
  const { addressIfBlank } = await import('./store/sqlite/unmade.js');
  return addressIfBlank(storeOptionsOf(to));
}

/** Only what nobody has used, and no source points to: one that takes changes points nowhere. */
async function unmake(source: SqlStore, to: UpkeepTarget): Promise<void> {
  const options = storeOptionsOf(to);
  const { addressIfBlank, unmakeSqlite } = await import('./store/sqlite/unmade.js');
  const isLeft = (await addressIfBlank(options)) !== undefined;
  if (isLeft || (await isOfNoUse(source, to))) await unmakeSqlite(options);
}

async function isOfNoUse(source: SqlStore, to: UpkeepTarget): Promise<boolean> {
  const target = await openSqlTool(storeOptionsOf(to));
  try {
    if (await isUnused(target)) return true;
    const { mode } = await target.standing();
    return mode === 'filling' && (await source.standing()).mode === 'open';
  } finally {
    await target.close();
  }
}
