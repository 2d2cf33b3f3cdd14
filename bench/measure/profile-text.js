// A .cpuprofile as text: a tree of who called whom, and who took the time.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../..', import.meta.url).href;
const SHOWN_SHARE = 0.01;
const SHOWN_DEPTH = 24;
const HOTTEST_COUNT = 15;
const IDLE = ['(idle)', '(program)', '(root)'];

/**
 * One function in one place of the tree, with the time it took itself and in all.
 * @typedef {{ name: string, selfMicros: number, totalMicros: number, children: Map<string, Frame> }} Frame
 */

/** @param {string} file @returns {Frame} */
export function readProfile(file) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'));
  /** @type {Map<number, number>} */
  const selfMicros = new Map();
  for (const [index, id] of samples.entries()) {
    selfMicros.set(id, (selfMicros.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  }
  const byId = new Map(nodes.map((/** @type {any} */ node) => [node.id, node]));
  const root = frame('all');
  gather([nodes[0].id], root, { byId, selfMicros });
  total(root);
  return root;
}

/**
 * What a function does, wherever it was called from: the rest of the profile is left out.
 * @param {Frame} root
 * @param {string} name how the frame's name begins
 * @returns {Frame}
 */
export function below(root, name) {
  const found = frame(name);
  /** @param {Frame} at */
  const look = (at) => {
    if (at.name.startsWith(`${name}  `)) merge(at, found);
    else for (const child of at.children.values()) look(child);
  };
  look(root);
  total(found);
  return found;
}

/** @param {Frame} root @returns {string[]} */
export function treeOf(root) {
  /** @type {string[]} */
  const lines = [];
  /** @param {Frame} at @param {number} depth */
  const show = (at, depth) => {
    if (at.totalMicros < root.totalMicros * SHOWN_SHARE || depth > SHOWN_DEPTH) return;
    lines.push(`${percent(at.totalMicros, root)}  ${'  '.repeat(depth)}${at.name}`);
    const children = [...at.children.values()];
    children.sort((left, right) => right.totalMicros - left.totalMicros);
    for (const child of children) show(child, depth + 1);
  };
  show(root, 0);
  return lines;
}

/** @param {Frame} root @returns {string[]} */
export function hottest(root) {
  /** @type {Map<string, number>} */
  const selfByName = new Map();
  /** @param {Frame} at */
  const add = (at) => {
    selfByName.set(at.name, (selfByName.get(at.name) ?? 0) + at.selfMicros);
    for (const child of at.children.values()) add(child);
  };
  add(root);
  return [...selfByName]
    .sort(([, left], [, right]) => right - left)
    .slice(0, HOTTEST_COUNT)
    .map(([name, micros]) => `${percent(micros, root)}  ${name}`);
}

/** @param {Frame} source @param {Frame} into */
function merge(source, into) {
  into.selfMicros += source.selfMicros;
  for (const [name, child] of source.children) {
    const known = into.children.get(name) ?? frame(name);
    into.children.set(name, known);
    merge(child, known);
  }
}

/**
 * Nodes of equal name below one frame become one.
 * @param {readonly number[]} ids
 * @param {Frame} into
 * @param {{ byId: Map<number, any>, selfMicros: Map<number, number> }} from
 */
function gather(ids, into, from) {
  for (const id of ids) {
    const node = from.byId.get(id);
    const isIdle = IDLE.includes(node.callFrame.functionName);
    if (!isIdle) into.selfMicros += from.selfMicros.get(id) ?? 0;
    for (const childId of node.children ?? []) {
      const child = from.byId.get(childId);
      const name = nameOf(child.callFrame);
      const known = into.children.get(name) ?? frame(name);
      into.children.set(name, known);
      gather([childId], known, from);
    }
  }
}

/** @param {Frame} at @returns {number} */
function total(at) {
  at.totalMicros = at.selfMicros;
  for (const child of at.children.values()) at.totalMicros += total(child);
  return at.totalMicros;
}

/** @param {string} name @returns {Frame} */
function frame(name) {
  return { name, selfMicros: 0, totalMicros: 0, children: new Map() };
}

/** No path of this machine. @param {{ functionName: string, url: string, lineNumber: number }} callFrame */
function nameOf({ functionName, url, lineNumber }) {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  return `${name}  ${placeOf(url)}:${lineNumber + 1}`;
}

/** @param {string} url */
function placeOf(url) {
  if (url.startsWith(ROOT)) return url.slice(ROOT.length);
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  const packageAt = path.lastIndexOf('node_modules/');
  if (packageAt !== -1) return path.slice(packageAt);
  return path.startsWith('node:') ? path : path.slice(path.lastIndexOf('/') + 1);
}

/** @param {number} micros @param {Frame} root */
function percent(micros, root) {
  return `${((100 * micros) / root.totalMicros).toFixed(1).padStart(5)} %`;
}
