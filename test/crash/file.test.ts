import { mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileProgram, type Program, type Started } from '../setup/processes.js';
import { scaled } from '../setup/scale.js';

const KILLS = scaled(10);
const AROUND = ['# ours\n', '\nPORT=80\n'] as const;

let program: Program;
let folder: string;
beforeAll(() => {
  program = compileProgram('test/crash/file-program.ts');
  folder = mkdtempSync(join(tmpdir(), 'keyturn-file-'));
});
afterAll(async () => {
  await program.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('a process that is killed while it writes a file leaves it whole, and no secret for long', async () => {
  const path = join(folder, '.env');
  writeFileSync(path, `${AROUND[0]}API_KEY=${AROUND[1]}`);
  let leftCount = 0;
  let last: unknown = '';
  for (let kill = 0; kill < KILLS; kill += 1) {
    const told = await killedAtTemporary(program.start(folder, path));
    const [before = '', value = '', after = ''] =
      /^(# ours\n)API_KEY=(\w*)(\nPORT=80\n)$/.exec(readFileSync(path, 'utf8'))?.slice(1) ?? [];
    expect([before, after]).toEqual(AROUND);
    expect([last, ...told]).toContain(value);
    leftCount += readdirSync(folder).length - 1;
    const next = program.start(folder, path, 'once');
    last = await next.next();
    expect(await next.next()).toBe('written');
    expect(readFileSync(path, 'utf8')).toBe(`${AROUND[0]}API_KEY=${last}${AROUND[1]}`);
    expect(readdirSync(folder)).toEqual(['.env']);
  }
  expect(leftCount).toBeGreaterThan(0); // It was killed where it hurts.
});

/** Kills it at the sight of a temporary file. @returns the secrets that it told. */
async function killedAtTemporary(writer: Started): Promise<readonly unknown[]> {
  const watcher = watch(folder);
  const seen = new Promise<void>((resolve) => watcher.on('change', () => resolve()));
  const told = [await writer.next()];
  await seen;
  await writer.kill();
  watcher.close();
  try {
    for (;;) told.push(await writer.next());
  } catch {
    return told; // It is over.
  }
}
