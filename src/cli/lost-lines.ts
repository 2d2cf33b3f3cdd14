import { counted } from '../counted.js';
import type { LostChanges } from '../lost-changes.js';

/** What an older copy of a database lacks, a line each. */
export function lostLines({ count, firstAt, lastAt, types, keys, keyCount }: LostChanges) {
  const sums = Object.entries(types).map(([type, times]) => `${type} ${times}`);
  const lines = [
    `  ${counted(count, 'change')}, from ${firstAt ?? 'never'} to ${lastAt ?? 'never'}: ${sums.join(', ')}`,
    ...keys.map(({ id, name, owner, types: own }) => {
      const who = [name ?? 'deleted since', ...(owner === null ? [] : [`owner ${owner}`])];
      return `  ${id} (${who.join(', ')}): ${own.join(', ')}`;
    }),
  ];
  return keyCount > keys.length
    ? [...lines, `  and ${counted(keyCount - keys.length, 'more key')}`]
    : lines;
}
