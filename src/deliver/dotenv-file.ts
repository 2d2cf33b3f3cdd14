import { type Form, objectOf, required, text } from '../form.js';
import type { DestinationKind } from './destination.js';
import { type Assignment, assignmentsIn, lineOf, withOneMore, withValue } from './dotenv-text.js';
import {
  type FileOutside,
  type FileSettings,
  type Format,
  fileDestination,
  type Refusal,
} from './file-destination.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/; // What a shell takes for a name.

const MAX_SHOWN = 3; // Lines of a name that stands there more than once.

/** What a person says of one. */
export interface DotenvSettings extends FileSettings {
  readonly variable: string;
}

const variable: Form = {
  wanted: 'the name of a variable, as in API_KEY',
  fits: (value) => typeof value === 'string' && NAME.test(value),
};
const settings = objectOf(
  { path: required(text), variable: required(variable), reload: text },
  { wanted: 'the settings of a dotenv file', fieldIs: 'a setting of a dotenv file' },
);

/**
 * One variable of a file that the package `dotenv` reads. Comments, order, quotes, `export`, line
 * ends and every other byte stay.
 */
export const dotenvFile: DestinationKind<DotenvSettings, FileOutside> = {
  kind: 'dotenv',
  settings,
  open: (told, outside) => fileDestination(told, outside, formatOf(told.variable)),
};

function formatOf(variable: string): Format {
  return {
    where: `variable ${variable}`,
    find(text) {
      const found = findIn(text, variable);
      if (found.kind === 'refused') return found;
      return { kind: 'found', value: found.own?.value || null };
    },
    put(text, value) {
      const found = findIn(text, variable);
      if (found.kind === 'refused') return found;
      const { own, others } = found;
      const next =
        own === undefined ? withOneMore(text, variable, value) : withValue(text, own, value);
      if (next === undefined) {
        const message = `takes no such value for ${variable}: none of its quotes can hold it.`;
        return { kind: 'refused', class: 'value_rejected', message };
      }
      const after = findIn(next, variable);
      if (after.kind === 'found' && after.own?.value === value && isAlike(after.others, others)) {
        return { kind: 'text', text: next };
      }
      const message = `cannot be given ${variable} without changing others: see whether all its quotes are closed.`;
      return { kind: 'refused', class: 'target_missing', message };
    },
  };
}

interface Found {
  readonly kind: 'found';
  readonly own: Assignment | undefined;
  readonly others: readonly Assignment[];
}

/** A name that stands there twice is refused: which of them counts depends on who reads it. */
function findIn(text: string, variable: string): Found | Refusal {
  const all = assignmentsIn(text);
  if (all === undefined) {
    return { kind: 'refused', class: 'target_missing', message: 'is longer than 64 KiB.' };
  }
  const own = all.filter(({ name }) => name === variable);
  if (own.length > 1) {
    const lines = own.slice(0, MAX_SHOWN).map((one) => lineOf(text, one));
    const message = `has ${variable} in lines ${lines.join(' and ')}. Remove all but one.`;
    return { kind: 'refused', class: 'target_missing', message };
  }
  return { kind: 'found', own: own[0], others: all.filter(({ name }) => name !== variable) };
}

function isAlike(left: readonly Assignment[], right: readonly Assignment[]): boolean {
  const textOf = (all: readonly Assignment[]) =>
    JSON.stringify(all.map(({ name, value }) => [name, value]));
  return textOf(left) === textOf(right);
}
