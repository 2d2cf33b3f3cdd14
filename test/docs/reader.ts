import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import ts from 'typescript';
import { Examples } from './expected.js';
import type { Block, Page } from './page.js';
import { findPlace, needsOf, type Place } from './place.js';
import { type Running, Shell } from './shell.js';

const READY_WITHIN_MS = 30_000;
const POLL_MS = 25;
const FILE_NAME = /^(?=.*[.A-Z])[\w.-]+$/; // `server.mjs`, `Caddyfile`.
const PROGRAMS = ['sh', 'ts', 'js'];
const OUTPUTS = ['text', 'json'];

/** Does what a page says, from its first block to its last, as somebody who follows it would. */
export async function follow(page: Page): Promise<void> {
  const place = await findPlace(needsOf(page.text));
  const reader = new Reader(page, place);
  try {
    for (const [index, block] of page.blocks.entries()) {
      if (block.notRun === undefined) await reader.take(block, page.blocks[index + 1]);
    }
  } finally {
    await reader.leave();
  }
}

class Reader {
  readonly #page: Page;
  readonly #place: Place;
  readonly #shell: Shell;
  readonly #examples = new Examples();
  readonly #running: Running[] = [];
  /** What came of the block before, where it was run to its end. */
  #output: string | undefined;
  #program = '';

  constructor(page: Page, place: Place) {
    this.#page = page;
    this.#place = place;
    this.#shell = new Shell(place);
  }

  async take(block: Block, next: Block | undefined): Promise<void> {
    const { language, words } = block;
    const file = words.find((word) => FILE_NAME.test(word));
    if (language === 'http') return; // codes.test.ts compares it.
    if (language === 'press Ctrl+C') await this.#running.pop()?.stop();
    else if (file !== undefined) this.#save(file, block);
    else if (words.includes('logged')) await this.#awaitLine(block);
    else if (OUTPUTS.includes(language)) this.#compare(block);
    else if (words.includes('background')) await this.#start(block, next);
    else if (PROGRAMS.includes(language)) await this.#run(block);
    else this.#fail(block, `"${language}" is neither run nor compared.`);
  }

  async leave(): Promise<void> {
    const stops = this.#running.splice(0).map((running) => running.stop());
    const [failed] = (await Promise.allSettled(stops)).filter(isRejected);
    this.#shell.close();
    await this.#place.leave();
    if (failed !== undefined) throw failed.reason;
  }

  #save(file: string, { text }: Block): void {
    writeFileSync(join(this.#place.folder, file), this.#own(text));
    this.#output = undefined;
  }

  async #run(block: Block): Promise<void> {
    const wanted = Number(block.words.find((word) => word.startsWith('exit='))?.slice(5) ?? 0);
    const command = block.language === 'sh' ? block.text : this.#saveProgram(block);
    const { exitCode, output } = await this.#shell.run(this.#own(command));
    if (exitCode !== wanted) this.#fail(block, `ended with ${exitCode}, and said:\n${output}`);
    this.#output = output;
  }

  /** A program that stands on a page; with `continues`, after what stood there before. */
  #saveProgram({ text, words, line }: Block): string {
    this.#program = words.includes('continues') ? this.#program + text : text;
    const output = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
    const options = { ...output, experimentalDecorators: true }; // As Nest's users have it.
    const { outputText } = ts.transpileModule(this.#program, { compilerOptions: options });
    const name = `snippet-${line}.mjs`;
    writeFileSync(join(this.#place.folder, name), this.#own(outputText));
    return `node ${name}`;
  }

  /** Leaves a program running once it says what the page shows next. */
  async #start(block: Block, next: Block | undefined): Promise<void> {
    if (next?.language !== 'text') this.#fail(block, 'the page does not show when it is ready.');
    const running = await this.#shell.start(this.#own(block.text));
    this.#running.push(running);
    const shown = this.#place.own(next?.text ?? '');
    for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += POLL_MS) {
      this.#output = running.output();
      if (this.#examples.match(shown, this.#output)) return;
      if (running.exitCode() !== undefined) break;
      await pause(POLL_MS);
    }
    this.#fail(block, `said:\n${running.output()}`);
  }

  /** Waits for a line of the program that was left running, which may come after its answer. */
  async #awaitLine(block: Block): Promise<void> {
    const shown = this.#place.own(block.text);
    const said = () => this.#running.at(-1)?.output() ?? '';
    for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += POLL_MS) {
      const lines = said().split('\n');
      if (lines.some((line) => this.#examples.matchJson(shown, line, false))) return;
      await pause(POLL_MS);
    }
    this.#fail(block, `is shown, and this was said:\n${said()}`);
  }

  #compare(block: Block): void {
    const output = this.#output;
    if (output === undefined) this.#fail(block, 'follows nothing whose output it could be.');
    const shown = this.#place.own(block.text);
    const isSame =
      block.language === 'json'
        ? this.#examples.matchJson(shown, output ?? '', block.words.includes('part'))
        : this.#examples.match(shown, output ?? '');
    if (!isSame) this.#fail(block, `is shown, and this came:\n${output}`);
  }

  #own(text: string): string {
    return this.#place.own(this.#examples.filledIn(text));
  }

  #fail({ line, text }: Block, reason: string): never {
    throw new Error(`${this.#page.path}:${line} ${reason}\n\nThe block:\n${text}`);
  }
}

function isRejected(outcome: PromiseSettledResult<void>): outcome is PromiseRejectedResult {
  return outcome.status === 'rejected';
}
