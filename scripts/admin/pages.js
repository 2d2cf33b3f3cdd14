import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { root } from '../source.js';

const SMALLEST_BYTES = 512; // Below, a header more is not worth it.

/** Builds the admin pages into a folder: hashed files, each also as a browser takes it, compressed.
 * @param {string} target
 */
export async function buildPages(target) {
  await build({
    configFile: `${root}admin/vite.config.ts`,
    logLevel: 'warn',
    build: { outDir: target },
  });
  nameFirstScript(target);
  compressAll(target);
}

/** The script that has to run before the first paint stands in the page by its hashed name.
 * @param {string} target
 */
function nameFirstScript(target) {
  const name = readdirSync(`${target}/assets`).find((one) => /^first-.*\.js$/.test(one));
  if (name === undefined) throw new Error('The build of the admin pages has no first script.');
  const page = readFileSync(`${target}/index.html`, 'utf8');
  const script = `<script src="./assets/${name}"></script>\n</head>`;
  writeFileSync(`${target}/index.html`, page.replace('</head>', script));
}

/** @param {string} target */
function compressAll(target) {
  const most = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  for (const name of readdirSync(`${target}/assets`)) {
    const bytes = readFileSync(`${target}/assets/${name}`);
    if (bytes.byteLength < SMALLEST_BYTES) continue;
    writeFileSync(`${target}/assets/${name}.br`, brotliCompressSync(bytes, most));
    writeFileSync(`${target}/assets/${name}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
