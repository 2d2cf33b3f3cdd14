// Loads what the reference is made of from the built package: the very objects that answer users.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { refuse } from '../report.js';
import { root } from '../source.js';

/** @param {string} path below dist/ @returns {Promise<any>} */
export async function built(path) {
  const file = join(root, 'dist', path);
  if (!existsSync(file)) refuse('docs', `dist/${path} is not built`, 'Run `npm run build` first.');
  return import(pathToFileURL(file).href);
}
