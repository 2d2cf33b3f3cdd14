import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
// Types what is injected.
import type {} from './built.js';
import { readPage, root } from './page.js';

// Jest is not installed here. What it does with the page's files is: each file that is not ignored, and
// that the first pattern fits, goes through `process`; what comes, or the file, has to be CommonJS.

const LINKED = [
  '@hono/node-server',
  '@nestjs/common',
  'croner',
  'hono',
  'kysely',
  'reflect-metadata',
];
const MORE_LINKED = [
  'rxjs',
  'typebox',
  'typescript',
  'yaml',
  'jsonc-parser',
  '@photostructure/sqlite',
];

const LIKE_JEST = `
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { transform, transformIgnorePatterns } = require('./jest.json');
const [[pattern, path]] = Object.entries(transform);
const { process: compiled } = require(path.replace('<rootDir>/..', '.'));
const isIgnored = (file) => transformIgnorePatterns.some((one) => new RegExp(one).test(file));
for (const end of ['.js', '.mjs']) {
  Module._extensions[end] = (module, file) => {
    const source = readFileSync(file, 'utf8');
    const isCompiled = new RegExp(pattern).test(file) && !isIgnored(file);
    module._compile(isCompiled ? compiled(source).code : source, file, 'commonjs');
  };
}
`;

// As in Jest, what Node throws is of another Error than the one that tests see.
const PROGRAM = `
globalThis.Error = class Error extends globalThis.Error {};
require('./like-jest.cjs');
require('reflect-metadata');
const { createKeyturn } = require('keyturn');
const { KeyturnModule } = require('keyturn/nestjs');
(async () => {
  for (const database of ['memory:', 'sqlite:./new.db']) {
    const keyturn = await createKeyturn({ database, basePath: '/keyturn' });
    const { plaintext } = await keyturn.keys.create({ name: 'CI' });
    const { valid } = await keyturn.verify({ plaintext });
    const { status } = await keyturn.handler(new Request('http://localhost/keyturn/healthz'));
    console.log(valid, status, typeof KeyturnModule.forRoot(keyturn));
    await keyturn.close();
  }
})();
`;

test('what the page of NestJS has Jest do makes CommonJS of all that Keyturn loads', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-jest-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const modules = join(folder, 'node_modules');
  cpSync(inject('builtPackage'), join(modules, 'keyturn'), {
    recursive: true,
    filter: (path) => !path.endsWith('node_modules'),
  });
  for (const name of [...LINKED, ...MORE_LINKED]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const { words, text } of readPage('docs/guides/nestjs.md').blocks) {
    const [file] = words;
    if (file?.startsWith('jest')) writeFileSync(join(folder, file), text);
  }
  // Nest's starter has TypeScript 5, where it is off: this one's own is newer.
  expect(readFileSync(join(folder, 'jest-esm.cjs'), 'utf8')).toContain('esModuleInterop: true');
  writeFileSync(join(folder, 'like-jest.cjs'), LIKE_JEST);
  writeFileSync(join(folder, 'program.cjs'), PROGRAM);
  const ran = spawnSync(process.execPath, ['program.cjs'], { cwd: folder, encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  expect(ran.stdout.trim().split('\n')).toEqual(['true 200 object', 'true 200 object']);
});
