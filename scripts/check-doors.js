// A door is an export that may leave its folder: its docstring has `@public` on a line of its own.
// This finds doors that nobody enters, marks that the linter cannot read, and rooms with a name that
// says nothing. Tests are not counted as users.
import { basename, dirname, sep } from 'node:path';
import ts from 'typescript';
import { report } from './report.js';
import { filesUnder, fromRoot, importsOf, parse, root } from './source.js';

const NAMES_THAT_SAY_NOTHING = ['utils', 'util', 'lib', 'helpers', 'helper', 'common', 'misc'];
const ENTRY_POINTS = /^src\/(index|testing|cli\/main|guards\/[a-z-]+)\.ts$/;

const files = ['.ts', '.tsx'].flatMap((ending) => filesUnder(['src', 'admin/src'], ending));
const sources = files
  .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('src/api/schema.ts'))
  .map(parse);
const users = [...sources, ...filesUnder(['bench', 'examples'], '.ts').map(parse)];
const entries = users.flatMap((user) =>
  importsOf(user).map((one) => ({ ...one, from: dirname(user.fileName) })),
);

report(
  'check:doors',
  [
    ...sources.flatMap(namelessRooms),
    ...sources.flatMap(unreadMarks),
    ...sources.flatMap(unusedDoors),
  ],
  'Close a door by taking `@public` away, or take the export away; open one by `@public` on a line of its own.',
);

/** @param {ts.SourceFile} source */
function namelessRooms(source) {
  const path = fromRoot(source.fileName);
  const words = path.replace(/\.ts$/, '').split('/');
  const faults = NAMES_THAT_SAY_NOTHING.filter((name) => words.includes(name)).map(
    (name) =>
      `${path}: "${name}" does not say what is inside. Name it after the one thing it holds.`,
  );
  const isStrayIndex = basename(path) === 'index.ts' && path !== 'src/index.ts';
  return isStrayIndex
    ? [...faults, `${path}: only a package's entry point is an index.ts.`]
    : faults;
}

/** @param {ts.SourceFile} source */
function unreadMarks(source) {
  if (isAtTop(source.fileName)) return []; // What stands there is visible in every room.
  const lines = source.text.split('\n');
  return lines.flatMap((line, index) => {
    if (!/^\s*\/?\*.*@public\b/.test(line) || /^\s*(\/\*)?\*+\s*@public\b/.test(line)) return [];
    return [
      `${fromRoot(source.fileName)}:${index + 1}: the linter reads @public only on a line of its own.`,
    ];
  });
}

/** @param {ts.SourceFile} source */
function unusedDoors(source) {
  const path = fromRoot(source.fileName);
  if (ENTRY_POINTS.test(path)) return [];
  return doorsOf(source)
    .filter(({ name }) => !isEntered(source.fileName, name))
    .map(
      ({ name, line }) => `${path}:${line}: nobody outside ${dirname(path)}/ imports "${name}".`,
    );
}

/** @param {ts.SourceFile} source @returns {{ name: string, line: number }[]} */
function doorsOf(source) {
  return source.statements
    .filter((node) => ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'public'))
    .flatMap((node) =>
      exportedNames(node).map((name) => ({
        name,
        line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
      })),
    );
}

/** @param {ts.Statement} node @returns {string[]} */
function exportedNames(node) {
  if (!ts.canHaveModifiers(node)) return [];
  const modifiers = ts.getModifiers(node) ?? [];
  if (!modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map((one) => one.name.getText());
  }
  const name = ts.getNameOfDeclaration(/** @type {ts.DeclarationStatement} */ (node));
  return name === undefined ? [] : [name.getText()];
}

/** Whether someone outside the file's folder imports the name; for a file of src/ itself, anyone.
 * @param {string} file @param {string} name
 */
function isEntered(file, name) {
  const folder = dirname(file);
  return entries.some(
    ({ target, names, from }) =>
      target === file &&
      (names.includes(name) || names.includes('*')) &&
      (isAtTop(file) || !`${from}${sep}`.startsWith(`${folder}${sep}`)),
  );
}

/** @param {string} file */
function isAtTop(file) {
  return dirname(file) === `${root}src`;
}
