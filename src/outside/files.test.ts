import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OutsideFile, systemFiles } from './files.js';

const OTHER_USER = 65_534;
const STALE = '.it.keyturn-0123456789abcdef.tmp';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keyturn-files-'));
  mkdirSync(join(root, 'in'));
  writeFileSync(join(root, 'in/it'), 'old');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function fileIn(files = systemFiles([root]), name = 'in/it'): OutsideFile {
  const file = files.file(join(root, name));
  if (file === undefined) throw new Error('It is outside.');
  return file;
}

async function versionOf(file: OutsideFile): Promise<string> {
  const reading = await file.read();
  if (reading.kind !== 'read') throw new Error(reading.message);
  return reading.version;
}

describe.each(['descriptor', 'comparison'] as const)('a file that is held by %s', (hold) => {
  const file = () => fileIn(systemFiles([root], { hold }));

  test('is read whole, and replaced', async () => {
    const content = randomBytes(1_048_576);
    expect(await file().replace(await versionOf(file()), content)).toEqual({ kind: 'replaced' });
    const reading = await file().read();
    expect(reading.kind === 'read' && reading.content.equals(content)).toBe(true);
    expect(readdirSync(join(root, 'in'))).toEqual(['it']);
  });

  test('keeps its mode and its owner', async () => {
    const owner = process.geteuid?.() === 0 ? OTHER_USER : statSync(join(root, 'in/it')).uid;
    chownSync(join(root, 'in/it'), owner, statSync(join(root, 'in/it')).gid);
    chmodSync(join(root, 'in/it'), 0o4640);
    await file().replace(await versionOf(file()), Buffer.from('new'));
    const { mode, uid } = statSync(join(root, 'in/it'));
    expect({ mode: mode & 0o7777, uid }).toEqual({ mode: 0o4640, uid: owner });
  });

  test.each([
    ['edited', () => writeFileSync(join(root, 'in/it'), 'edit')],
    ['touched', () => chmodSync(join(root, 'in/it'), 0o600)],
    ['put in its place', () => renameSync(join(root, 'other'), join(root, 'in/it'))],
  ])('is not replaced once another was %s', async (_, change) => {
    writeFileSync(join(root, 'other'), 'old');
    const version = await versionOf(file());
    change();
    const content = readFileSync(join(root, 'in/it'));
    expect(await file().replace(version, Buffer.from('new'))).toEqual({ kind: 'changed' });
    expect(readFileSync(join(root, 'in/it'))).toEqual(content);
    expect(readdirSync(join(root, 'in'))).toEqual(['it']);
  });

  test('is replaced by one of several that have read the same', async () => {
    const files = systemFiles([root], { hold });
    const version = await versionOf(fileIn(files));
    const all = [1, 2, 3, 4].map((one) => fileIn(files).replace(version, Buffer.from(`${one}`)));
    const kinds = (await Promise.all(all)).map(({ kind }) => kind);
    expect(kinds).toEqual(['replaced', 'changed', 'changed', 'changed']);
    expect(readFileSync(join(root, 'in/it'), 'utf8')).toBe('1');
  });

  test('loses what a crash has left beside it, and nothing else', async () => {
    const kept = ['.it.keyturn-x.tmp', 'it.keyturn-0123456789abcdef.tmp', `${STALE}x`, '.is.tmp'];
    for (const name of [STALE, ...kept]) writeFileSync(join(root, 'in', name), 'secret');
    symlinkSync(join(root, 'in/it'), join(root, 'in/.it.keyturn-aaaaaaaaaaaaaaaa.tmp'));
    expect(await file().sweep()).toEqual({ kind: 'swept' });
    expect(readdirSync(join(root, 'in')).toSorted()).toEqual([...kept, 'it'].toSorted());
    expect(readFileSync(join(root, 'in/it'), 'utf8')).toBe('old');
  });

  test('is not followed to where its folder has gone', async () => {
    renameSync(join(root, 'in'), join(root, 'gone'));
    symlinkSync(join(root, 'gone'), join(root, 'in'));
    expect(await file().read()).toMatchObject({ kind: 'failed', reason: 'forbidden' });
  });
});

describe('a file', () => {
  test('that is not there, or whose folder is not, is missing', async () => {
    for (const name of ['none', 'none/it']) {
      const file = fileIn(systemFiles([root]), name);
      for (const said of [await file.probe(), await file.read(), await file.sweep()]) {
        if (said.kind !== 'swept') expect(said).toMatchObject({ reason: 'missing' });
      }
    }
  });

  test('of more than 1 MiB is refused', async () => {
    writeFileSync(join(root, 'in/it'), Buffer.alloc(1_048_577));
    expect(await fileIn().read()).toMatchObject({ kind: 'failed', reason: 'forbidden' });
  });

  test('of another user is refused before anything is written', async () => {
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(OTHER_USER);
    try {
      const said = await systemFiles(['/etc']).file('/etc/passwd')?.probe();
      expect(said).toMatchObject({ kind: 'failed', reason: 'forbidden' });
      expect(said).toHaveProperty('message', expect.stringContaining('belongs to 0:0'));
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test('is the one of its path below a root that is itself a symbolic link', async () => {
    symlinkSync(join(root, 'in'), join(root, 'link'));
    const file = systemFiles([join(root, 'link')]).file(join(root, 'link/it'));
    expect(await file?.probe()).toEqual({ kind: 'ready' });
  });
});
