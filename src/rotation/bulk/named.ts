import { locateKey } from '../../lifecycle/change-key.js';
import type { Act } from '../../lifecycle/context.js';

/** @throws {NotFoundError} no key the caller may see has this id. */
export async function nameOf(act: Act, id: string): Promise<string> {
  return (await locateKey(act, id)).key.name;
}
