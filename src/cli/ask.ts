import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { shellWord } from '../shell-word.js';
import { UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
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
  if (call.streams.stdin.isTTY && call.streams.stderr.isTTY) return;
  throw new UsageFault(
    `"${call.path}" cannot be undone, and there is no terminal to ask on. ` +
      'Look with --dry-run first, then answer with --yes.',
    { next: `keyturn ${[call.path, ...call.operands].join(' ')}${dataOf(call)} --dry-run` },
  );
}

/** The data that was named, as typed; a move names two. */
function dataOf({ path, options }: Invocation): string {
  if (path !== 'move') return whereTyped(options);
  return ['from', 'to']
    .map((name) => ` --${name} ${shellWord(redacted(options.text(name) ?? 'URL'))}`)
    .join('');
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
