import { expect, test } from 'vitest';
import { command } from '../../src/deliver/command.js';
import { dotenvFile } from '../../src/deliver/dotenv-file.js';
import { jsonFile } from '../../src/deliver/json-file.js';
import { yamlFile } from '../../src/deliver/yaml-file.js';
import { faultsIn } from '../../src/form.js';

const path = '/srv/app/.env';

test.each([
  [dotenvFile, { path, variable: 'API_KEY' }],
  [dotenvFile, { path, variable: '_a1', reload: 'app' }],
  [jsonFile, { path, pointer: '/a~1b/0/c~0d' }],
  [yamlFile, { path, pointer: '/a', reload: 'app' }],
  [command, { command: 'vending' }],
])('$kind takes %j', ({ settings }, told) => {
  expect(faultsIn([settings, told])).toEqual([]);
});

test.each([
  [dotenvFile, { path }, '/variable'],
  [dotenvFile, { variable: 'A' }, '/path'],
  [dotenvFile, { path, variable: 'A=1\nB' }, '/variable'],
  [dotenvFile, { path, variable: '1A' }, '/variable'],
  [dotenvFile, { path, variable: 'A', pointer: '/a' }, '/pointer'],
  [dotenvFile, { path, variable: 'A', reload: ['sh'] }, '/reload'],
  [jsonFile, { path, pointer: '' }, '/pointer'],
  [jsonFile, { path, pointer: 'a' }, '/pointer'],
  [jsonFile, { path, pointer: '/a//b' }, '/pointer'],
  [yamlFile, { path, pointer: '/a~2' }, '/pointer'],
  [yamlFile, { path, pointer: `/${'a'.repeat(512)}` }, '/pointer'],
  [command, { command: 'vending', write: ['sh'] }, '/write'],
  [command, {}, '/command'],
])('$kind refuses %j', ({ settings }, told, pointer) => {
  expect(faultsIn([settings, told])).toMatchObject([{ pointer }]);
});
