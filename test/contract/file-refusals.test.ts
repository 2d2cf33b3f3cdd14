import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Destination } from '../../src/deliver/destination.js';
import { dotenvFile } from '../../src/deliver/dotenv-file.js';
import { jsonFile } from '../../src/deliver/json-file.js';
import { yamlFile } from '../../src/deliver/yaml-file.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { A_DELIVERY, A_KEY } from '../setup/a-delivery.js';
import { type Place, somePlace } from '../setup/deliver-outside.js';
import { someSecret } from '../setup/destination-contract.js';

let place: Place;
let path: string;
beforeEach(async () => {
  place = await somePlace();
  path = place.path('settings');
});
afterEach(() => place.remove());

const dotenv = () => dotenvFile.open({ path, variable: 'A' }, place.outside, A_KEY);
const json = () => jsonFile.open({ path, pointer: '/a' }, place.outside, A_KEY);
const yaml = () => yamlFile.open({ path, pointer: '/a' }, place.outside, A_KEY);
const canary = someSecret();

type Case = [what: string, open: () => Destination, content: string | Buffer, message: string];

test.each<Case>([
  ['that has a variable twice', dotenv, `A=${canary}\n\nA=2\n`, 'has A in lines 1 and 3'],
  ['that is no text', dotenv, Buffer.from([0x41, 0x3d, 0xff]), 'is not text in UTF-8.'],
  ['that is too long', dotenv, `A=${canary}\n#${'x'.repeat(70_000)}`, 'is longer than 64 KiB.'],
  ['that is no JSON', json, `{"a": "${canary}"`, 'is not JSON.'],
  ['whose value is a number', json, `{"a": 1, "b": "${canary}"}`, 'has no text at /a.'],
  ['whose value is missing', json, `{"b": "${canary}"}`, 'has nothing at /a.'],
  ['that is no YAML', yaml, `a: "${canary}`, 'is not YAML.'],
  ['that has two documents', yaml, `a: ${canary}\n---\na: b\n`, 'more than one document'],
  ['that is nested too deep', json, '['.repeat(20_000), 'is nested deeper'],
  ['that is nested too deep', yaml, '['.repeat(20_000), 'is nested deeper'],
  ['that is nested too deep', yaml, '- '.repeat(50_000), 'is nested deeper'],
])('a file %s is a target that is missing', async (...[, open, content, message]) => {
  await writeFile(path, content);
  const destination = open();
  for (const said of [
    await destination.preflight(),
    await destination.read(),
    await destination.write(new Plaintext('x'), { kind: 'absent' }, A_DELIVERY),
  ]) {
    expect(said).toMatchObject({ kind: 'failed', class: 'target_missing' });
    expect(said).toHaveProperty('message', expect.stringMatching(`^${path} .*${message}`));
    expect(JSON.stringify(said)).not.toContain(canary);
  }
  expect(await readFile(path)).toEqual(Buffer.from(content));
});

test('a file that is not there is a target that is missing', async () => {
  const said = await dotenv().preflight();
  expect(said).toMatchObject({ kind: 'failed', class: 'target_missing' });
});

test('a value that a file cannot hold is rejected, and the file stays', async () => {
  await writeFile(path, 'A=old\n');
  const destination = dotenv();
  for (const value of ['a\nb', `'"\``, 'a\0', '']) {
    const said = await destination.write(
      new Plaintext(value),
      await destination.read(),
      A_DELIVERY,
    );
    expect(said).toMatchObject({ kind: 'failed', class: 'value_rejected' });
  }
  expect(await readFile(path, 'utf8')).toBe('A=old\n');
});

test('a value that would end a quote which another variable has left open is not written', async () => {
  const text = `B='open\nA="old"\n`;
  await writeFile(path, text);
  const said = await dotenv().write(new Plaintext(`x'#y`), await dotenv().read(), A_DELIVERY);
  expect(said).toMatchObject({ kind: 'failed', class: 'target_missing' });
  expect(said).toHaveProperty('message', expect.stringContaining('all its quotes are closed'));
  expect(await readFile(path, 'utf8')).toBe(text);
});
