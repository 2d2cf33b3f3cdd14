import { UsageFault } from './fault.js';

/**
 * A patch of which something was named; what was not stays as it is.
 * @throws {UsageFault} nothing was named.
 */
export function given<T extends object>(patch: T): T {
  if (Object.values(patch).some((value) => value !== undefined)) return patch;
  throw new UsageFault('Nothing to change was named.');
}
