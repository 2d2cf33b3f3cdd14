// Builds dist/ from src/, and leaves the command line ready to run: executable, and linked where
// npx looks first, so that `npx keyturn` works in a clone as it does once the package is installed.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = `${root}dist/cli/main.js`;
const binFolder = `${root}node_modules/.bin`;

// npx links a clone into its cache, and npm prepares what it links: what is built may be running.
if (process.env['npm_command'] === 'exec' && existsSync(bin)) process.exit();

removeOld();
compile();
if (!existsSync(bin)) {
  console.error(
    'build: dist/cli/main.js was not built. Add src/cli/main.ts: package.json names it.',
  );
  process.exit(1);
}
chmodSync(bin, 0o755);
linkCommand();
await import('./admin/main.js'); // Asks what was built for the API's description.

/** All but the documentation's site, which is built by itself: see scripts/site/main.js. */
function removeOld() {
  mkdirSync(`${root}dist`, { recursive: true });
  for (const name of readdirSync(`${root}dist`)) {
    if (name !== 'site') rmSync(`${root}dist/${name}`, { recursive: true, force: true });
  }
}

function compile() {
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  try {
    execFileSync(process.execPath, [compiler, '-p', `${root}tsconfig.build.json`], {
      stdio: 'inherit',
    });
  } catch {
    console.error('build: the compiler found the errors above; nothing was written to dist/.');
    process.exit(1);
  }
}

function linkCommand() {
  if (process.platform === 'win32') return; // A link is not enough there; npx finds the bin itself.
  mkdirSync(binFolder, { recursive: true });
  rmSync(`${binFolder}/keyturn`, { force: true });
  symlinkSync('../../dist/cli/main.js', `${binFolder}/keyturn`);
}
