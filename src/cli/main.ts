#!/usr/bin/env node
import { runCommandLine } from './program.js';

const { stdin, stdout, stderr, env } = process;

// A reader that went away, as in `keyturn key list | head`, is no fault of the command. Writes that
// matter wait for their own outcome.
stdout.on('error', () => {});
stderr.on('error', () => {});

// Node marks its own SQLite as experimental; that it works is our business, not the user's.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') stderr.write(`${warning.name}: ${warning.message}\n`);
});

const host = { argv: process.argv.slice(2), streams: { stdin, stdout, stderr }, env };

// All that was written has left, or nobody reads it: kept connections need not be waited for.
void runCommandLine({ ...host, folder: process.cwd() }).then((exitCode) => process.exit(exitCode));
