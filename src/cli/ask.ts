import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { shellWord } from '../shell-word.js';
import { UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';
import type { Streams } from './output.js';
import { redacted } from './setting-values.js';

// A key has at most 512 characters; what is far longer is another file, and not read to its end.
const MAX_INPUT_BYTES = 64 * 1024;

/**
 * Refuses, before anything is read or changed, what could not be asked about.
 * @throws {UsageFault} nobody can answer, and `--yes` was not given.
 */
export function requireConsent(call: Invocation): void {
  if (call.options.has('yes') || call.options.has('dryRun')) return;
  if (isAnswered(call)) return;
  throw new UsageFault(
    `"${call.path}" cannot be undone, and there is no terminal to ask on. ` +
      'Look with --dry-run first, then answer with --yes.',
    { next: `${typed(call)} --dry-run` },
  );
}

/**
 * What the command that comes next takes, if it asks: ` --yes` where this one has no terminal either,
 * as in a mail of cron.
 */
export function consent(call: Invocation): string {
  return isAnswered(call) ? '' : ' --yes';
}

/** Whether there is a terminal to ask on. */
function isAnswered({ streams }: Invocation): boolean {
  return streams.stdin.isTTY === true && streams.stderr.isTTY === true;
}

/** The command as it was typed, whatever it was said of. */
function typed({ path, operands, options }: Invocation): string {
  const flags = Object.entries(options.all).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (typeof value === 'boolean') return value ? [flag] : [flag.replace('--', '--no-')];
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
    return texts.map((text) => `${flag} ${shellWord(redacted(String(text)))}`);
  });
  return ['keyturn', path, ...operands, ...flags].join(' ');
}

/** Asks on the terminal whether to go on; `--yes` has answered already. */
export async function isConfirmed(call: Invocation, question: string): Promise<boolean> {
  if (call.options.has('yes')) return true;
  call.out.note(question);
  const answer = await askLine(call.streams, 'Type "yes" to go on: ');
  if (answer?.trim().toLowerCase() === 'yes') return true;
  call.out.note('Nothing was changed.');
  return false;
}

/**
 * A key from standard input: asked for without showing it, or read to the end.
 * @throws {UsageFault} far more came than a key has, or the person gave none.
 */
export async function readKey(streams: Streams): Promise<string> {
  if (streams.stdin.isTTY) {
    const line = await askLine(streams, 'Key (it is not shown): ', { isHidden: true });
    streams.stderr.write('\n');
    // Who pressed Ctrl+C wants no answer about a key that is empty.
    if (!line) throw new UsageFault('No key was given: nothing was done.');
    return line;
  }
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of streams.stdin) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_INPUT_BYTES) {
      throw new UsageFault('Standard input holds far more than a key. Send the key alone.');
    }
    chunks.push(bytes);
  }
  return withoutLineEnd(Buffer.concat(chunks).toString('utf8'));
}

/** A line as a file ends it; white space elsewhere is the caller's mistake to be told. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** One line, or undefined when the person closed the input instead. */
function askLine(
  { stdin, stderr }: Streams,
  prompt: string,
  { isHidden = false } = {},
): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isHidden ? silent : stderr;
  const asking = createInterface({ input: stdin, output, terminal: true });
  // Not sooner: until the terminal is taken, Ctrl+C would end the process without a word.
  if (isHidden) stderr.write(prompt);
  return new Promise((resolve) => {
    asking.once('close', () => resolve(undefined));
    asking.once('SIGINT', () => asking.close());
    asking.question(prompt, (line) => {
      resolve(line);
      asking.close();
    });
  });
}
