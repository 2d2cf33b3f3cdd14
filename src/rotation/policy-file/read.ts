import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  parseAllDocuments,
  visit,
} from 'yaml';
import { isShallow } from '../../deliver/yaml-depth.js';
import { type FieldFault, InvalidRequestError } from '../../errors.js';
import { faultsIn, isObject, objectOf, oneOf } from '../../form.js';
import { nearest } from '../../nearest.js';
import type { PolicyInput } from '../../policy-views.js';
import { POLICY } from '../policy-forms.js';
import { PRESETS } from '../schedule/presets.js';

const MAX_BYTES = 32 * 1_024; // Some fifty policies; a request takes 64 KiB.
const MAX_POLICIES = 100;
const MAX_FAULTS = 20; // One bracket too many may be thousands of them.
const PERCENT = /^(\d+(?:\.\d+)?)%$/;

/** One policy of a file, and where its fields stand in it. */
export interface PolicyText {
  readonly input: PolicyInput;
  /** Which one it named. */
  readonly preset: string | undefined;
  /** The same faults, each with its line and column, and with names as a file has them. */
  readonly placed: (faults: readonly FieldFault[]) => readonly FieldFault[];
}

/**
 * Reads a policy file: YAML 1.2, a document each, names in `snake_case`, `policy` for the name.
 * @throws {InvalidRequestError} it is none: each fault with line and column.
 */
export function readPolicyFile(text: string): readonly PolicyText[] {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw refused('is longer than 32 KiB.', 'Split it into several files.');
  }
  const lines = new LineCounter();
  if (![...new Parser().parse(text)].every(isShallow)) {
    throw refused('is nested too deep.', 'No policy has more than a few levels.');
  }
  const documents = parseAllDocuments(text, { lineCounter: lines, version: '1.2' });
  const all = 'empty' in documents ? [] : documents.filter(({ contents }) => contents !== null);
  if (all.length === 0) throw refused('holds no policy.', 'Begin with "policy: NAME".');
  if (all.length > MAX_POLICIES)
    throw refused('holds too many policies.', `Give ${MAX_POLICIES} at most.`);
  const faults: FieldFault[] = [];
  const read = all.flatMap((document) => {
    const one = policyIn(document, lines);
    if ('input' in one) return [one];
    faults.push(...one.faults);
    return [];
  });
  if (faults.length > 0) throw new InvalidRequestError(faults);
  return read;
}

function refused(message: string, fix: string): InvalidRequestError {
  return new InvalidRequestError([{ pointer: '', message, fix }]);
}

function policyIn(document: Document, lines: LineCounter): PolicyText | { faults: FieldFault[] } {
  const placed = (faults: readonly FieldFault[]) =>
    faults.map((one) => placedIn(document, lines, one));
  const wrong = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS);
  const syntax = wrong.map(({ message, pos }): FieldFault => {
    const { line, col } = lines.linePos(pos[0]);
    // The parser's first line says what; the rest repeats the text, which may be anything.
    const what = message.split(/ at line |\n/)[0] ?? 'cannot be read';
    return { pointer: '', message: `line ${line}, column ${col}: ${what}.`, fix: 'Mend it there.' };
  });
  if (syntax.length > 0) return { faults: syntax };
  if (hasAlias(document)) return { faults: [ALIASED] };
  const said: unknown = document.toJS({ maxAliasCount: 0 });
  const twice = saidTwice(said);
  if (twice.length > 0) return { faults: [...placed(twice)] };
  const value = camelled(said);
  const preset = presetFaults(value);
  if (preset.length > 0) return { faults: [...placed(preset)] };
  const input = withPreset(value);
  if (isPolicy(input)) return { input, preset: presetOf(value), placed };
  return { faults: [...placed(faultsIn([POLICY, input]))] };
}

function presetOf(value: unknown): string | undefined {
  return isObject(value) && 'preset' in value ? String(value.preset) : undefined;
}

function isPolicy(value: unknown): value is PolicyInput {
  return faultsIn([POLICY, value]).length === 0;
}

const ALIASED: FieldFault = {
  pointer: '',
  message: 'has an alias, which may unfold to anything.',
  fix: 'Write it out.',
};

function hasAlias(document: Document): boolean {
  let isFound = false;
  visit(document, {
    Alias() {
      isFound = true;
      return visit.BREAK;
    },
  });
  return isFound;
}

/** Two names that are one field's: the parser knows only of a name that comes twice. */
function saidTwice(value: unknown, parent = ''): readonly FieldFault[] {
  if (!isObject(value)) return [];
  const known = new Map<string, string>();
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = camelOf(name);
    const pointer = `${parent}/${field}`;
    const other = known.get(field);
    known.set(field, name);
    if (other === undefined) return saidTwice(inner, pointer);
    const message = `is said twice: "${other}" and "${name}".`;
    return [{ pointer, message, fix: 'Leave one of the two out.' }];
  });
}

/** Names as the library has them, and shares as numbers. */
function camelled(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => camelled(item, field));
  if (typeof value === 'string') {
    const percent = field === 'share' ? PERCENT.exec(value)?.[1] : undefined;
    return percent === undefined ? value : Number(percent);
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([said, inner]) => {
    const name = camelOf(said);
    return [name, camelled(inner, name)];
  });
  return Object.fromEntries(fields);
}

const camelOf = (name: string) =>
  name === 'policy'
    ? 'name'
    : name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
const snakeOf = (name: string) =>
  name === 'name' ? 'policy' : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function presetFaults(value: unknown): readonly FieldFault[] {
  if (!isObject(value) || !('preset' in value)) return [];
  const { preset } = value;
  const known = Object.keys(PRESETS);
  const faults = faultsIn([objectOf({ preset: oneOf(...known) }), { preset }]);
  const meant = typeof preset === 'string' ? nearest(preset, known) : undefined;
  return meant === undefined
    ? faults
    : faults.map((fault) => ({ ...fault, fix: `Did you mean "${meant}"?` }));
}

/** What the file says goes before what its preset says, field by field. */
function withPreset(value: unknown): unknown {
  if (!isObject(value) || !('preset' in value)) return value;
  const { preset: name, ...said } = value;
  return merged(PRESETS[String(name)] ?? {}, said);
}

function merged(under: object, over: object): object {
  const both: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = both[name];
    both[name] = isObject(below) && isObject(value) ? merged(below, value) : value;
  }
  return both;
}

/** A fault where it stands: the name itself, or the nearest that holds it. */
function placedIn(document: Document, lines: LineCounter, fault: FieldFault): FieldFault {
  const path = fault.pointer.split('/').slice(1).map(snakeOf);
  const { line, col } = lines.linePos(offsetOf(document, path));
  const { fix } = fault;
  return {
    pointer: path.map((name) => `/${name}`).join(''),
    message: `in line ${line}, column ${col}, ${fault.message}`,
    fix: fix
      .replace(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, snakeOf)
      .replace(/\bname, keyspace\b/, 'policy, keyspace, preset'),
  };
}

/** Where in the file: of the path, as far as it is there. */
function offsetOf(document: Document, path: readonly string[]): number {
  let place: Place = { node: document.contents, offset: startOf(document.contents) ?? 0 };
  for (const name of path) {
    const inner = placeIn(place, name);
    if (inner === undefined) break;
    place = inner;
  }
  return place.offset;
}

interface Place {
  readonly node: unknown;
  readonly offset: number;
}

/** What stands under a name, or at an index; a field is where its name is. */
function placeIn({ node, offset }: Place, name: string): Place | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(name)];
    return item === undefined ? undefined : { node: item, offset: startOf(item) ?? offset };
  }
  if (!isMap(node)) return undefined;
  const isIts = (key: unknown) => isScalar(key) && camelOf(String(key.value)) === camelOf(name);
  const pair = node.items.find(({ key }) => isIts(key));
  return pair && { node: pair.value, offset: startOf(pair.key) ?? offset };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
