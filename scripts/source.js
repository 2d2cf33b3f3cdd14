// Reads the TypeScript and JavaScript of this repository as a tree: who exports what, who imports it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The repository's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * One import or re-export. `names` holds '*' where every name is meant.
 * @typedef {{ target: string, names: readonly string[], isStatic: boolean }} Import
 */

/** The files under these folders whose names end so, as absolute paths.
 * @param {readonly string[]} folders
 * @param {string} ending
 * @returns {string[]}
 */
export function filesUnder(folders, ending) {
  return folders
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((name) => join(folder, `${name}`)),
    )
    .filter((file) => file.endsWith(ending) && !file.includes(`${sep}node_modules${sep}`))
    .sort();
}

/** @param {string} file absolute */
export function fromRoot(file) {
  return relative(root, file).split(sep).join('/');
}

/** @param {string} file absolute */
export function parse(file) {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

/** Every import of a file: static, dynamic, of types, and re-exports.
 * @param {ts.SourceFile} source
 * @returns {Import[]}
 */
export function importsOf(source) {
  /** @type {Import[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const one = importIn(node, source.fileName);
    if (one !== undefined) found.push(one);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** @param {ts.Node} node @param {string} file @returns {Import | undefined} */
function importIn(node, file) {
  const specifier = specifierOf(node);
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return undefined;
  const isStatic = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
  const names = isStatic ? namesOf(node) : ['*'];
  return { target: targetOf(specifier.text, file), names, isStatic };
}

/** What stands in the quotes of `import … from`, `export … from`, `import(…)` and `import(…).Type`.
 * @param {ts.Node} node
 * @returns {ts.Node | undefined}
 */
function specifierOf(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return node.argument.literal;
  }
  const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isCall ? node.arguments[0] : undefined;
}

/** @param {ts.ImportDeclaration | ts.ExportDeclaration} node @returns {string[]} */
function namesOf(node) {
  const bindings = ts.isImportDeclaration(node)
    ? node.importClause?.namedBindings
    : node.exportClause;
  if (bindings === undefined) return ['*'];
  if (!ts.isNamedImports(bindings) && !ts.isNamedExports(bindings)) return ['*'];
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

/** A package's name, or the absolute path of the file meant (`.js` stands for `.ts` or `.tsx` in sources).
 * @param {string} specifier @param {string} file
 */
function targetOf(specifier, file) {
  if (!specifier.startsWith('.')) return specifier;
  const path = resolve(dirname(file), specifier);
  const written = ['.ts', '.tsx'].map((ending) => path.replace(/\.js$/, ending));
  return written.find((one) => existsSync(one)) ?? path;
}
