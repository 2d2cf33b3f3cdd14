import { type KeyId, keyIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeySort } from '../store/key-sort.js';
import type { KeyQuery } from '../views.js';
import { badCursor, decodeCursor, encodeCursor } from './list.js';

type Sort = Omit<KeySort, 'afterValue'>;

/** Where the page before ended. */
interface Place {
  readonly after: KeyId | null;
  readonly value: KeySort['afterValue'];
}

/** Fields that keys are sorted by. */
const FIELDS = ['createdAt', 'name', 'lastUsedAt', 'expiresAt'] as const;

/** In which order keys are asked for. */
export function sortOf({ sort = '-createdAt' }: KeyQuery): Sort {
  const isDescending = sort.startsWith('-');
  const field = isDescending ? sort.slice(1) : sort;
  return { by: FIELDS.find((one) => one === field) ?? 'createdAt', isDescending };
}

/** By id the cursor is the id; else what the last key of the page is sorted by, and its id. */
export function cursorOf(
  key: KeyRecord,
  { by }: Sort,
  uses: ReadonlyMap<number, number> | undefined,
): string {
  switch (by) {
    case 'createdAt':
      return key.id;
    case 'name':
      return encodeCursor([inSmallLetters(key.name), key.id]);
    case 'expiresAt':
      return encodeCursor([key.expiresAt ?? '', key.id]);
    case 'lastUsedAt':
      return encodeCursor([
        uses === undefined || uses.size === 0 ? '' : Math.max(...uses.values()),
        key.id,
      ]);
  }
}

/** @throws {InvalidRequestError} it is no cursor of this list. */
export function placeIn(cursor: string | undefined, { by }: Sort): Place {
  if (cursor === undefined) return { after: null, value: null };
  if (by === 'createdAt') return { after: idIn(cursor), value: null };
  const [text = '', id = ''] = decodeCursor(cursor, 2) ?? [];
  if (by === 'name') return { after: idIn(id), value: text };
  const value = text === '' ? null : Number(text);
  if (value !== null && !Number.isSafeInteger(value)) throw badCursor();
  return { after: idIn(id), value };
}

function idIn(text: string): KeyId {
  const id = keyIdFrom(text);
  if (id === undefined) throw badCursor();
  return id;
}

/** As the databases sort: beyond ASCII a letter counts as it is. */
function inSmallLetters(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
