// Builds the admin pages into dist/admin: hashed files, each also as a browser takes it, compressed.
// What is in dist/ already is asked for the API's description; run `npm run build` for all of it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { writeAdminTypes } from './admin-types.js';
import { root } from './source.js';

const SMALLEST_BYTES = 512; // Below, a header more is not worth it.
const target = `${root}dist/admin`;

await writeAdminTypes();
await build({ configFile: `${root}admin/vite.config.ts`, logLevel: 'warn' });
nameFirstScript();
compressAll();

/** The script that has to run before the first paint stands in the page by its hashed name. */
function nameFirstScript() {
  const name = readdirSync(`${target}/assets`).find((one) => /^first-.*\.js$/.test(one));
  if (name === undefined) throw new Error('admin: the build has no first script.');
  const page = readFileSync(`${target}/index.html`, 'utf8');
  const script = `<script src="./assets/${name}"></script>\n</head>`;
  writeFileSync(`${target}/index.html`, page.replace('</head>', script));
}

function compressAll() {
  const most = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  for (const name of readdirSync(`${target}/assets`)) {
    const bytes = readFileSync(`${target}/assets/${name}`);
    if (bytes.byteLength < SMALLEST_BYTES) continue;
    writeFileSync(`${target}/assets/${name}.br`, brotliCompressSync(bytes, most));
    writeFileSync(`${target}/assets/${name}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
