import { objectOf, required, text } from '../form.js';
import type { DestinationKind } from './destination.js';
import {
  type FileOutside,
  type FileSettings,
  type Format,
  fileDestination,
  type Refusal,
} from './file-destination.js';
import { pointer as pointerForm } from './pointer.js';

/** What a person says of one. */
export interface StructuredSettings extends FileSettings {
  /** A JSON pointer (RFC 6901): `/services/api/key`. */
  readonly pointer: string;
}

/** Finds the one text that a pointer leads to, and says where it stands. */
export type Locate = (text: string, pointer: string) => Located | Refusal;

export interface Located {
  readonly kind: 'located';
  /** Null where the file says `null`: nothing is there yet. */
  readonly value: string | null;
  /** The whole text with another value; undefined if it cannot be written there. */
  readonly put: (value: string) => string | undefined;
}

/**
 * Levels of lists and maps. The parsers call themselves for each, without a bound of their own, and
 * Node ends where its stack does: a regular expression that finds no room there cannot be caught.
 */
export const MAX_DEPTH = 100;

/** What a file that is deeper is told. */
export const tooDeep: Refusal = {
  kind: 'refused',
  class: 'target_missing',
  message: `is nested deeper than ${MAX_DEPTH} levels.`,
};

/** A kind of file whose values are found by a pointer. */
export function structuredFile(
  kind: string,
  locate: Locate,
): DestinationKind<StructuredSettings, FileOutside> {
  const settings = objectOf(
    { path: required(text), pointer: required(pointerForm), reload: text },
    { wanted: `the settings of a ${kind} file`, fieldIs: `a setting of a ${kind} file` },
  );
  const open: DestinationKind<StructuredSettings, FileOutside>['open'] = (told, outside) =>
    fileDestination(told, outside, formatOf(told.pointer, locate));
  return { kind, settings, open };
}

/** What a pointer that leads to no text is told. A typing error must not make a new value. */
export function noText(pointer: string, what: string): Refusal {
  const message = `${what} at ${pointer}. Write "" there, which is replaced.`;
  return { kind: 'refused', class: 'target_missing', message };
}

function formatOf(pointer: string, locate: Locate): Format {
  return {
    where: `value at ${pointer}`,
    find(text) {
      const found = locate(text, pointer);
      return found.kind === 'refused' ? found : { kind: 'found', value: found.value || null };
    },
    put(text, value) {
      const found = locate(text, pointer);
      if (found.kind === 'refused') return found;
      const next = found.put(value);
      // What cannot be read back is not written.
      const after = next === undefined ? undefined : locate(next, pointer);
      if (next !== undefined && after?.kind === 'located' && after.value === value) {
        return { kind: 'text', text: next };
      }
      const message = `takes no such value at ${pointer}.`;
      return { kind: 'refused', class: 'value_rejected', message };
    },
  };
}
