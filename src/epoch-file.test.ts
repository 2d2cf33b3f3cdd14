import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EpochFile } from './epoch-file.js';
import type { Epoch } from './epoch-lines.js';

const MAX_BYTES = 1024 * 1024;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-epoch-'));
  path = join(folder, 'epoch');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const epoch = (sequence: number, database = 'one'): Epoch => ({
  database,
  sequence,
  event: `evt_${database}_${sequence}`,
  at: sequence,
});
const fileOf = (mayShorten = false) => new EpochFile(path, { mayShorten });

describe('an epoch file', () => {
  test('knows nothing until something was seen, and then the last of it', async () => {
    expect(await fileOf().read('one')).toBeUndefined();
    const file = fileOf();
    for (const sequence of [1, 2, 7]) await file.reach(epoch(sequence));
    expect(await fileOf().read('one')).toEqual(epoch(7));
    expect(await fileOf().read('other')).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('keeps the furthest, in whatever order two processes write', async () => {
    const [one, other] = [fileOf(), fileOf()];
    await one.reach(epoch(9));
    await other.reach(epoch(8));
    expect(await fileOf().read('one')).toEqual(epoch(9));
  });

  test('writes one line for many changes at once, and none is answered before it', async () => {
    const file = fileOf();
    await Promise.all(Array.from({ length: 50 }, (_, index) => file.reach(epoch(index + 1))));
    expect(await fileOf().read('one')).toEqual(epoch(50));
    expect(readFileSync(path, 'utf8').trim().split(/\n+/).length).toBeLessThan(5);
  });

  test('forgets what was before a reset, and nothing of another database', async () => {
    const file = fileOf();
    await file.reach(epoch(500));
    await file.reach(epoch(40, 'other'));
    await file.reset(epoch(12));
    expect(await fileOf().read('one')).toEqual(epoch(12));
    expect(await fileOf().read('other')).toEqual(epoch(40, 'other'));
    await file.reach(epoch(13));
    expect(await fileOf().read('one')).toEqual(epoch(13));
  });

  test('remembers a change that waits its turn while what was remembered is forgotten', async () => {
    const file = fileOf();
    const both = [file.reach(epoch(7)), file.reach(epoch(8))];
    file.forget();
    await Promise.all(both); // Once it never came to an end, and held the process.
    expect(await fileOf().read('one')).toEqual(epoch(8));
  });

  test('passes over the line of a process that was killed while it wrote', async () => {
    await fileOf().reach(epoch(5));
    appendFileSync(path, '{"database":"one","sequence":99,"ev');
    expect(await fileOf().read('one')).toEqual(epoch(5));
    await fileOf().reach(epoch(6));
    expect(await fileOf().read('one')).toEqual(epoch(6));
  });

  test('is shortened by the server alone, without forgetting', async () => {
    await fileOf().reach(epoch(3, 'other'));
    const line = `${JSON.stringify(epoch(1))}\n`;
    appendFileSync(path, line.repeat(Math.ceil(MAX_BYTES / line.length)));
    await fileOf().reach(epoch(2));
    expect(statSync(path).size).toBeGreaterThan(MAX_BYTES);
    await fileOf(true).reach(epoch(4));
    expect(statSync(path).size).toBeLessThan(1_000);
    expect(await fileOf().read('one')).toEqual(epoch(4));
    expect(await fileOf().read('other')).toEqual(epoch(3, 'other'));
  });

  test('that is damaged is so for each database until its own reset, shortened or not', async () => {
    for (const database of ['one', 'other']) await fileOf().reach(epoch(1, database));
    appendFileSync(path, '\u0007 no line of ours\n');
    await fileOf().reset(epoch(2));
    const damaged = async () => [
      await fileOf().isDamaged('one'),
      await fileOf().isDamaged('other'),
      await fileOf().isDamaged('a third'),
    ];
    expect(await damaged()).toEqual([false, true, true]);
    const line = `${JSON.stringify(epoch(2))}\n`;
    appendFileSync(path, line.repeat(Math.ceil(MAX_BYTES / line.length)));
    await fileOf(true).reach(epoch(3));
    expect(statSync(path).size).toBeLessThan(1_000);
    expect(await damaged()).toEqual([false, true, true]);
    expect(await fileOf().read('one')).toEqual(epoch(3));
    expect(await fileOf().lastReset('one')).toMatchObject(epoch(2)); // Where it began stays known.
    expect(await fileOf().read('other')).toEqual(epoch(1, 'other'));
  });

  test('that cannot be written says what to do', async () => {
    writeFileSync(path, '');
    const below = new EpochFile(join(path, 'epoch'), { mayShorten: false });
    await expect(below.reach(epoch(1))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('--epoch-file'),
    });
  });
});
