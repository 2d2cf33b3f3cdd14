// What a bench states: a figure, what it was measured against, its spread and its goal.

/**
 * A goal, from design: at least or at most so much.
 * @typedef {{ readonly atLeast: number } | { readonly atMost: number }} Goal
 */

/**
 * @typedef {'ratio' | 'times' | 'ms' | 'bytes' | 'packages' | 'MB' | '/s'} Unit
 */

/**
 * One stated figure.
 * @typedef {object} Figure
 * @property {string} id unique among all results
 * @property {string} what
 * @property {string} against what it was measured against, in the same run
 * @property {Unit} unit
 * @property {number} value the median of the rounds
 * @property {readonly [number, number] | null} spread A beside A: the middle half of the rounds
 * @property {Goal | null} goal
 * @property {readonly number[]} rounds what the median was taken of
 * @property {string} [note] what a reader has to know beside
 */

/**
 * One row's result: a file of `bench/results/`.
 * @typedef {object} Result
 * @property {string} name
 * @property {string} title
 * @property {string} measuredAt
 * @property {import('./machine.js').Machine} machine
 * @property {string} loadGenerator who made the requests; empty: nobody
 * @property {Readonly<Record<string, unknown>>} setting what was run, with sizes
 * @property {readonly Figure[]} figures
 */

/**
 * A row of the table: how it is measured.
 * @typedef {object} Bench
 * @property {string} name
 * @property {string} title
 * @property {string} loadGenerator
 * @property {Readonly<Record<string, unknown>>} setting
 * @property {() => Promise<readonly Figure[]>} run
 */

/**
 * Whether the goal is met. A figure falls short only beyond the spread of A beside A.
 * @param {Figure} figure
 * @returns {'met' | 'within the spread' | 'missed' | 'no goal'}
 */
export function verdictOf({ goal, value, spread }) {
  if (goal === null) return 'no goal';
  const [lowest, highest] = spread ?? [1, 1];
  if ('atLeast' in goal) {
    if (value >= goal.atLeast) return 'met';
    return value >= goal.atLeast * lowest ? 'within the spread' : 'missed';
  }
  if (value <= goal.atMost) return 'met';
  return value <= goal.atMost * highest ? 'within the spread' : 'missed';
}
