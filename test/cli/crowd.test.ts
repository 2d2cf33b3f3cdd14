import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/program.js';
import { createKeyturn } from '../../src/index.js';
import { Shell, textAt } from './command-line.js';

// A key that more programs use than are told apart: a thousand by name, the rest together.

const CONSUMERS = 1_050;
const CLEARED = '\u001b[H\u001b[J';
const WRAPPING = ['\u001b[?7l', '\u001b[?7h'];

let shell: Shell;
let keyId = '';
beforeAll(async () => {
  shell = new Shell();
  const created = await shell.json(['key', 'create', '--name', 'crowd', '--tag', 'crowd']);
  keyId = textAt(created, 'key', 'id');
  await use(textAt(created, 'plaintext'), { to: CONSUMERS });
});
afterAll(() => shell.remove());

/** Consumers with these numbers use it. */
async function use(plaintext: string, { from = 0, to }: { from?: number; to: number }) {
  const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  for (let index = from; index < to; index += 1) {
    const address = `10.${index >> 8}.${index & 255}.7`;
    await keyturn.verify({ plaintext, address, userAgent: 'job/1' });
  }
  await keyturn.close();
}

test('a dry run names twenty of them, and says that there are more and how to see them', async () => {
  const dry = ['key', 'rotate', keyId, '--dry-run'];
  const leaked = ['--compromised', '--reason', 'leak'];
  for (const more of [[], leaked]) {
    const { stdout } = await shell.run([...dry, ...more]);
    expect(stdout).toMatch(/by at least 999 consumers/);
    expect(stdout).toContain('\n  and at least 980 more: --json names them\n');
    expect(stdout.split('\n').length).toBeLessThan(30);
  }
  const many = ['key', 'rotate', '--tag', 'crowd', ...leaked, '--dry-run'];
  const { stdout } = await shell.run(many);
  expect(stdout.match(/by at least 999 consumers/g)).toHaveLength(2); // In all, and of the key.
  const ends = [{ secret: 1, consumers: 999, atLeast: true }];
  expect(await shell.json([...dry, ...leaked])).toMatchObject({ plan: { ends, atLeast: true } });
  expect(await shell.json(many)).toMatchObject({
    plan: { consumers: 999, atLeast: true, items: [{ consumers: 999, atLeast: true }] },
  });
});

test('a rotation says that they are at least so many, and its screen fits the terminal', async ({
  signal,
}) => {
  const rotated = await shell.json(['key', 'rotate', keyId]);
  const id = textAt(rotated, 'rotation', 'id');
  const shown = await shell.run(['rotation', 'show', id]);
  expect(shown.stdout).toMatch(/^E2 everyone has moved .* 0 of at least 999 moved$/m);
  expect((await shell.run(['rotation', 'list'])).stdout).toContain('  0 of at least 999  ');
  const waived = ['rotation', 'waive', id, '--reason', 'r', '--consumer', 'others', '--dry-run'];
  expect((await shell.run(waived)).stdout).toContain('at least 1 consumer of at least 999: others');
  expect(await shell.json(['rotation', 'show', id])).toMatchObject({
    evidence: [{ id: 'E1' }, { id: 'E2', figures: { baseline: 1_000, others: 1 } }, {}, {}, {}],
  });
  // Who has moved comes last.
  await use(textAt(rotated, 'plaintext'), { from: 500, to: 502 });
  const terminal = new Terminal({ rows: 24, columns: 80, signal });
  const watching = terminal.run(['rotation', 'watch', id]);
  const first = await terminal.fits(({ length }) => length > 0);
  expect(first).toMatch(/^E2 moved .* 2 of at least 999 moved$/m);
  expect(first).toMatch(/^ {2}on the old one {6}10\./m);
  expect(first).not.toMatch(/^ {2}moved /m);
  expect(first).toMatch(
    new RegExp(`^ {2}and at least \\d+ more: keyturn rotation show ${id}$`, 'm'),
  );
  const larger = await terminal.resize({ rows: 40, columns: 132 });
  expect(larger).toContain('the new secret is in use');
  expect(larger.split('\n').length).toBeGreaterThan(24);
  await terminal.resize({ rows: 6, columns: 30 });
  // An emergency ends the rotation that is watched.
  await shell.json(['key', 'rotate', keyId, '--compromised', '--reason', 'leak', '--yes']);
  expect(await watching).toBe(0);
});

test('a narrow screen cuts the beginning of a long label, and not when its consumer was seen last', async ({
  signal,
}) => {
  const created = await shell.json(['key', 'create', '--name', 'long']);
  const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  const sender = {
    address: '203.0.113.7',
    userAgent: 'nightly-reports/1',
    clientId: 'c'.repeat(40),
  };
  await keyturn.verify({ plaintext: textAt(created, 'plaintext'), ...sender });
  await keyturn.close();
  const rotated = await shell.json(['key', 'rotate', textAt(created, 'key', 'id')]);
  const id = textAt(rotated, 'rotation', 'id');
  const terminal = new Terminal({ rows: 24, columns: 80, signal });
  const watching = terminal.run(['rotation', 'watch', id]);
  const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
  const narrow = await terminal.fits(({ length }) => length > 0);
  expect(narrow).toMatch(/^ {2}on the old one {6}….*cccc, \d{4}-\d\d-\d\d \d\d:\d\dZ$/m);
  const wide = await terminal.resize({ rows: 24, columns: 160 });
  expect(wide).toMatch(new RegExp(`${sender.clientId}.*, old one last used ${time}$`, 'm'));
  await shell.json(['rotation', 'rollback', id, '--yes']);
  expect(await watching).toBe(0);
});

interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** A terminal that a command is run on, and what it shows. */
class Terminal {
  readonly #stdout = Object.assign(new PassThrough(), { isTTY: true, rows: 0, columns: 0 });
  readonly #signal: AbortSignal;
  #text = '';

  constructor({ signal, ...size }: Size & { readonly signal: AbortSignal }) {
    this.#signal = signal;
    Object.assign(this.#stdout, size);
    this.#stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
    });
  }

  run(argv: readonly string[]): Promise<number> {
    const streams = { stdin: new PassThrough(), stdout: this.#stdout, stderr: new PassThrough() };
    return runCommandLine({ argv, streams, env: {}, folder: shell.folder });
  }

  /** @returns the screen that is drawn at once, not at the next look. */
  async resize(size: Size): Promise<string> {
    Object.assign(this.#stdout, size);
    const count = this.#screens().length;
    this.#stdout.emit('resize');
    await new Promise((resolve) => setImmediate(resolve));
    expect(this.#screens().length).toBeGreaterThan(count);
    return await this.fits(() => true);
  }

  /** The screen that is waited for, which has to fit. */
  async fits(isMeant: (screen: string) => boolean): Promise<string> {
    for (;;) {
      this.#signal.throwIfAborted(); // Nobody waits for it any more.
      const [screen = '', ...rest] = this.#screens();
      if (rest.length > 0 && isMeant(screen)) {
        const lines = screen.split('\n');
        expect(lines.length).toBeLessThanOrEqual(this.#stdout.rows); // The last one is the cursor's.
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(this.#stdout.columns);
        return screen;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What was drawn, the last one first, with what was before all of it at the end. */
  #screens(): readonly string[] {
    const plain = WRAPPING.reduce((text, code) => text.replaceAll(code, ''), this.#text);
    return plain.split(CLEARED).toReversed();
  }
}
