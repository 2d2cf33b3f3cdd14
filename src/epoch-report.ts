import { epochFileAt } from './epoch.js';
import { ConfigInvalidError } from './errors.js';
import { openTool, storeOptionsOf, type UpkeepTarget } from './upkeep.js';

/** Whether a database that was put back would be noticed. */
export type EpochReport =
  | { readonly kind: 'none' }
  | { readonly kind: 'fine' | 'damaged'; readonly path: string }
  | { readonly kind: 'unusable'; readonly detail: string };

/** Looks at what remembers a database's last change, and changes nothing. */
export async function inspectEpoch(target: UpkeepTarget): Promise<EpochReport> {
  const file = await epochFileAt({ ...target, role: 'tool' });
  if (file === undefined) return { kind: 'none' };
  const store = await openTool(storeOptionsOf(target));
  try {
    await file.inspectWritable();
    const management = (await store.listKeyspaces()).find(({ isManagement }) => isManagement);
    const isDamaged = management !== undefined && (await file.isDamaged(management.id));
    return { kind: isDamaged ? 'damaged' : 'fine', path: file.path };
  } catch (fault) {
    if (!(fault instanceof ConfigInvalidError)) throw fault;
    return { kind: 'unusable', detail: fault.message };
  } finally {
    await store.close();
  }
}
