import process from 'node:process';

/** BENCH_QUICK=1: everything tiny, to see that a script works. Its figures mean nothing and are never kept. */
export const isQuick = process.env['BENCH_QUICK'] === '1';

/**
 * @template T
 * @param {T} full
 * @param {T} quick
 * @returns {T}
 */
export function sized(full, quick) {
  return isQuick ? quick : full;
}
