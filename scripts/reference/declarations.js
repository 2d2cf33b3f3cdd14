// What source files say to their users: docstrings, and declarations without what is inside.
import { join } from 'node:path';
import ts from 'typescript';
import { parse, root } from '../source.js';

/** A name, and the file under the root that declares it. @typedef {{ name: string, file: string }} Declared */

/** @type {Map<string, ts.SourceFile>} */
const parsed = new Map();

/** A declaration's docstring as Markdown: the text, then what it throws and answers.
 * @param {ts.Node} node
 */
export function docOf(node) {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return docs.map(textOf).join('\n\n');
}

/** The declaration as it stands, without `export`, bodies and its own docstring.
 * @param {ts.Node} node @returns {string}
 */
export function signatureOf(node) {
  const text = listedSignature(node) ?? node.getText();
  const isFunction = ts.isFunctionDeclaration(node) && node.body !== undefined;
  const end = isFunction ? (node.body?.getStart() ?? node.end) - node.getStart() : undefined;
  const head = end === undefined ? text : `${text.slice(0, end).trim()};`;
  return (ts.isClassDeclaration(node) ? classSignature(node) : head).replace(/^export /, '');
}

/** A type that is one of a list's texts, spelled out: the list itself is not ours to use elsewhere.
 * @param {ts.Node} node
 */
function listedSignature(node) {
  if (!ts.isTypeAliasDeclaration(node)) return undefined;
  const [, list] = /^\(typeof (\w+)\)\[number\]$/.exec(node.type.getText()) ?? [];
  if (list === undefined) return undefined;
  const listed = node.getSourceFile().statements.find((one) => nameOf(one) === list);
  const texts = listed?.getText().match(/'[^']+'/g) ?? [];
  return `type ${node.name.text} =\n${texts.map((text) => `  | ${text}`).join('\n')};`;
}

/** Every declaration of a name: a function may have several.
 * @param {Declared} declared
 */
export function declarationsOf({ name, file }) {
  const nodes = sourceOf(file).statements.filter((node) => nameOf(node) === name);
  if (nodes.length === 0) throw new Error(`${file} does not declare ${name}.`);
  return nodes;
}

/** What a file exports: its own declarations, and what it passes on by name.
 * @param {string} file @returns {readonly Declared[]}
 */
export function exportsOf(file) {
  return sourceOf(file).statements.flatMap((node) => {
    if (ts.isExportDeclaration(node)) {
      const { exportClause, moduleSpecifier } = node;
      const names = exportClause && ts.isNamedExports(exportClause) ? exportClause.elements : [];
      return bindings(names, moduleSpecifier, file);
    }
    const name = isExported(node) ? nameOf(node) : undefined;
    return name === undefined ? [] : [{ name, file }];
  });
}

/** The types of ours that a declaration names.
 * @param {Declared} declared @returns {readonly Declared[]}
 */
export function namedIn(declared) {
  const { file } = declared;
  const source = sourceOf(file);
  const known = new Map([...ownTypes(source, file), ...importedTypes(source, file)]);
  /** @type {Declared[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const name = ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node);
    const target = name ? known.get((node.getText().split(/[<[.]/)[0] ?? '').trim()) : undefined;
    if (target !== undefined) found.push(target);
    if (!ts.isBlock(node)) ts.forEachChild(node, visit);
  };
  for (const node of declarationsOf(declared)) visit(node);
  return found;
}

/** @param {string} file */
function sourceOf(file) {
  const known = parsed.get(file) ?? parse(join(root, file));
  parsed.set(file, known);
  return known;
}

/** @param {ts.SourceFile} source @param {string} file @returns {[string, Declared][]} */
function ownTypes(source, file) {
  return source.statements
    .filter((node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
    .map((node) => [node.name.text, { name: node.name.text, file }]);
}

/** @param {ts.SourceFile} source @param {string} file @returns {[string, Declared][]} */
function importedTypes(source, file) {
  return source.statements.filter(ts.isImportDeclaration).flatMap((node) => {
    const clause = node.importClause?.namedBindings;
    const names = clause && ts.isNamedImports(clause) ? clause.elements : [];
    return bindings(names, node.moduleSpecifier, file).map((one, index) => {
      /** @type {[string, Declared]} */
      const entry = [names[index]?.name.text ?? one.name, one];
      return entry;
    });
  });
}

/** What stands in the braces of an import or export; nothing if it is not from a file of ours.
 * @param {readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]} names
 * @param {ts.Expression | undefined} from
 * @param {string} file
 * @returns {readonly Declared[]}
 */
function bindings(names, from, file) {
  if (from === undefined || !ts.isStringLiteral(from) || !from.text.startsWith('.')) return [];
  const target = join(file, '..', from.text).replace(/\.js$/, '.ts');
  return names.map((one) => ({ name: (one.propertyName ?? one.name).text, file: target }));
}

/** @param {ts.Node} node */
function nameOf(node) {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations[0]?.name.getText();
  return ts.getNameOfDeclaration(/** @type {ts.DeclarationStatement} */ (node))?.getText();
}

/** @param {ts.Statement} node */
function isExported(node) {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

/** @param {ts.ClassDeclaration} node */
function classSignature(node) {
  const [first] = node.members;
  const head = node.getText().slice(0, (first?.getFullStart() ?? node.end) - node.getStart());
  const members = node.members.filter(isOffered).map((member) => `  ${memberText(member)}`);
  return [head.trim(), ...members, '}'].join('\n');
}

/** Whether users may read or call it. @param {ts.ClassElement} member */
function isOffered(member) {
  if (!ts.isPropertyDeclaration(member) && !ts.isMethodDeclaration(member)) return false;
  return !ts.isPrivateIdentifier(member.name);
}

/** A method without its body. @param {ts.ClassElement} member */
function memberText(member) {
  const text = member.getText().replace(/^override /, '');
  const body = ts.isMethodDeclaration(member) ? member.body : undefined;
  if (body === undefined) return text;
  return `${text.slice(0, body.getStart() - body.end).trim()};`;
}

/** @param {ts.JSDoc} doc */
function textOf(doc) {
  const text = ts.getTextOfJSDocComment(doc.comment) ?? '';
  const tags = (doc.tags ?? []).filter(({ tagName }) => tagName.text !== 'public').map(tagText);
  return [unwrapped(text), ...tags].filter((part) => part !== '').join('\n\n');
}

/** @param {ts.JSDocTag} tag */
function tagText(tag) {
  const text = unwrapped(ts.getTextOfJSDocComment(tag.comment) ?? '');
  if (ts.isJSDocThrowsTag(tag)) {
    const type = tag.typeExpression?.type.getText() ?? 'KeyturnError';
    return `Throws \`${type}\`: ${text}`.replace(/: $/, '.');
  }
  return ts.isJSDocReturnTag(tag) ? `Answers ${text}` : text;
}

/** Each paragraph of a docstring on one line.
 * @param {string} text
 */
function unwrapped(text) {
  const paragraphs = text.split(/\n{2,}/);
  return paragraphs.map((one) => one.replace(/\s*\n\s*/g, ' ').trim()).join('\n\n');
}
