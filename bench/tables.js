// The tables of bench/README.md and README.md, made of the files in bench/results/.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { verdictOf } from './measure/figure.js';
import { replaceBlock } from './measure/text-block.js';
import { rowNames } from './rows.js';

const BLOCK = 'figures: made by `npm run bench`, checked by `npm run check:figures`';

const EXPLAINING = 'bench/README.md';

/** Where a table stands, and how it is made. */
const places = [
  { path: EXPLAINING, make: wholeTable },
  { path: 'README.md', make: shortTable },
];

/** What a newcomer asks first. */
const SHORT = ['warm', 'cold', 'express', 'verify', 'authorize', 'start', 'packages', 'peers'];

/** Writes every table. */
export function writeTables() {
  for (const { path, text, wanted } of placed()) {
    if (wanted === undefined) throw new Error(`${path} has no place for its table.`);
    if (wanted !== text) writeFileSync(fileOf(path), wanted);
  }
}

/** @returns {string[]} what is wrong, a line each */
export function faultsInTables() {
  const faults = placed()
    .filter(({ text, wanted }) => text !== wanted)
    .map(({ path }) => `the table of ${path} is not what bench/results/ says`);
  const missing = rowNames.filter((name) => resultOf(name) === undefined);
  return [
    ...faults,
    ...missing.map((name) => `bench/results/${name}.json is not there`),
    ...unexplained().map(
      (name) => `${EXPLAINING} has no heading "${headingOf(name)}", and the row misses its goal`,
    ),
  ];
}

/** @param {import('./measure/figure.js').Figure} figure */
export function formatFigure({ value, unit, spread }) {
  const text = formatValue(value, unit);
  return spread === null ? text : `${text} (A beside A ${spread.map(twoPlaces).join('–')})`;
}

function placed() {
  return places.map(({ path, make }) => {
    const text = readFileSync(fileOf(path), 'utf8');
    return { path, text, wanted: replaceBlock(text, BLOCK, make()) };
  });
}

/** Rows that miss a goal, with nothing said of why, what was tried and what the limit is. */
function unexplained() {
  const lines = readFileSync(fileOf(EXPLAINING), 'utf8').split('\n');
  return rowNames.filter((name) => {
    const isMissed = resultOf(name)?.figures.some((figure) => verdictOf(figure) === 'missed');
    return isMissed && !lines.includes(headingOf(name));
  });
}

/** @param {string} name of a row */
function headingOf(name) {
  return `### Row \`${name}\``;
}

function wholeTable() {
  const results = rowNames.flatMap((name) => resultOf(name) ?? []);
  const rows = results.flatMap(({ figures }) => figures.map(wholeRow));
  const head = '| what | measured against | figure | A beside A | goal | verdict |';
  const table = [head, '| --- | --- | ---: | ---: | ---: | --- |', ...rows].join('\n');
  const notes = results.flatMap(({ figures }) => figures.flatMap(noteOf));
  return [table, notes.map((note) => `- ${note}`).join('\n'), machinesOf(results)].join('\n\n');
}

function shortTable() {
  const results = rowNames.flatMap((name) => resultOf(name) ?? []);
  const figures = results.flatMap((result) => result.figures);
  const rows = SHORT.flatMap((id) => figures.find((figure) => figure.id === id) ?? []).map(
    (figure) =>
      `| ${figure.what} | ${figure.against} | ${formatValue(figure.value, figure.unit)} |`,
  );
  return ['| what | measured against | figure |', '| --- | --- | ---: |', ...rows].join('\n');
}

/** @param {import('./measure/figure.js').Figure} figure */
function wholeRow(figure) {
  const { what, against, value, unit, spread, goal } = figure;
  const cells = [
    what,
    against,
    formatValue(value, unit),
    spread === null ? '' : spread.map(twoPlaces).join('–'),
    goal === null ? '' : formatGoal(goal, unit),
    verdictOf(figure),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** @param {import('./measure/figure.js').Figure} figure */
function noteOf({ what, note }) {
  return note === undefined ? [] : [`${what}: ${note}`];
}

/** @param {readonly import('./measure/figure.js').Result[]} results */
function machinesOf(results) {
  const lines = results.map(({ name, machine, measuredAt }) => {
    const { cpu, cores, memoryGiB, os, node } = machine;
    const day = measuredAt.slice(0, 10);
    return { name, on: `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${os}; Node ${node}; ${day}` };
  });
  const machines = [...new Set(lines.map(({ on }) => on))];
  if (machines.length === 1) return `Measured on: ${machines[0]}.`;
  return machines
    .map((on) => {
      const names = lines.filter((line) => line.on === on).map(({ name }) => name);
      return `Measured on: ${on} (${names.join(', ')}).`;
    })
    .join('\n');
}

/** @param {string} name @returns {import('./measure/figure.js').Result | undefined} */
function resultOf(name) {
  const file = new URL(`./results/${name}.json`, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** @param {import('./measure/figure.js').Goal} goal @param {import('./measure/figure.js').Unit} unit */
function formatGoal(goal, unit) {
  if ('atLeast' in goal) return `≥ ${formatValue(goal.atLeast, unit)}`;
  return `≤ ${formatValue(goal.atMost, unit)}`;
}

/** @param {number} value @param {import('./measure/figure.js').Unit} unit */
function formatValue(value, unit) {
  if (unit === 'ratio') return twoPlaces(value);
  if (unit === 'times') return `${twoPlaces(value)} ×`;
  const digits = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}

/** @param {number} value */
function twoPlaces(value) {
  return value.toFixed(2);
}

/** @param {string} path from the repository's root */
function fileOf(path) {
  return new URL(`../${path}`, import.meta.url);
}
