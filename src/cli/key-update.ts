import { withSession } from './connect.js';
import type { Invocation } from './invocation.js';
import { operandOf } from './invocation.js';
import { hasRestrictions, keyPatchFrom } from './key-input.js';

/** `key update ID`. */
export async function updateKey(call: Invocation): Promise<undefined> {
  const id = operandOf(call);
  const key = await withSession(call, async ({ keys }) => {
    if (!hasRestrictions(call.options)) {
      const ifMatch = call.options.wholeNumber('ifMatch');
      return await keys.update(id, keyPatchFrom(call.options, {}), { ifMatch });
    }
    // Restrictions are replaced as a whole: those not named are kept from what was read, and
    // nothing is written if someone changed them meanwhile.
    const before = await keys.get(id);
    const ifMatch = call.options.wholeNumber('ifMatch') ?? before.version;
    return await keys.update(id, keyPatchFrom(call.options, before.restrictions), { ifMatch });
  });
  if (call.out.isJson) await call.out.document(key);
  else call.out.note(`Changed ${key.id} (${key.name}); it is version ${key.version} now.`);
}
