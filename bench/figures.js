// Writes the tables from bench/results/; `--check` only says whether they are what the files say.
import process from 'node:process';
import { report } from '../scripts/report.js';
import { faultsInTables, writeTables } from './tables.js';

if (process.argv.includes('--check')) {
  report('check:figures', faultsInTables(), 'Run `npm run bench`, or `node bench/figures.js`.');
} else {
  writeTables();
}
