// docs/reference/logs.md, from every call in src that writes a line to the log.
import ts from 'typescript';
import { filesUnder, parse } from '../source.js';
import { code, pageHead, paragraphs, table } from './markdown.js';

const RULES = `The server writes one JSON line a message to standard error: \`time\` (RFC 3339), \`level\`, \`msg\`, and
those of the fields below that the message has. No other field is ever written. How to
follow a change through them: [logs](../operate/logs.md).

A code of \`warn\` or \`error\` is one of [errors](errors.md), or stands only here; the code of \`changed\` is the
type of the event in the [audit trail](../concepts/audit-trail.md).`;

const LEVELS = ['error', 'warn', 'info'];
const FAULTS_OWN = 'the fault’s';
const OWN_MESSAGE = 'the message of the fault itself';

/** @typedef {{ level: string, message: string, room: string, code: string, fields: string }} Line */

/**
 * @returns {Promise<string>}
 * @public
 */
export async function logsReference() {
  const files = filesUnder(['src'], '.ts').filter((file) => !file.endsWith('.test.ts'));
  const lines = files.flatMap((file) => linesOf(parse(file)));
  const head = pageHead({
    title: 'Logs',
    source: 'the calls of the log in src',
    promise:
      'After reading this you can tell what each line of the log may say, and alert on its code.',
  });
  const rows = lines
    .toSorted((a, b) => order(a) - order(b) || (a.message < b.message ? -1 : 1))
    .map((line) => [line.level, line.message, line.code, code(line.room), line.fields]);
  return paragraphs(head, RULES, table(['Level', 'Message', 'Code', 'Room', 'Other fields'], rows));
}

/** @param {Line} line */
function order({ level }) {
  return LEVELS.indexOf(level);
}

/** @param {ts.SourceFile} source @returns {Line[]} */
function linesOf(source) {
  /** @type {Line[]} */
  const lines = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node)) lines.push(...linesAt(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

/** @param {ts.CallExpression} call @param {ts.SourceFile} source @returns {Line[]} */
function linesAt({ expression, arguments: given }, source) {
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const level = expression.name.text;
  const [first, message] = given;
  if (!LEVELS.includes(level) || first === undefined || message === undefined) return [];
  const fields = fieldsOf(first, source);
  if (!fields.has('room')) return [];
  const others = [...fields.keys()].filter((name) => name !== 'room' && name !== 'code');
  return textsOf(message, source).map((text) => ({
    level,
    message: text,
    room: fields.get('room') ?? '',
    code: fields.get('code') ?? '',
    fields: others.map(code).join(', '),
  }));
}

/** The fields of an object, those that are spread into it included.
 * @param {ts.Expression} expression @param {ts.SourceFile} source
 * @returns {Map<string, string>}
 */
function fieldsOf(expression, source) {
  /** @type {Map<string, string>} */
  const fields = new Map();
  if (ts.isIdentifier(expression)) {
    const value = initialOf(expression.text, source);
    return value === undefined ? fields : fieldsOf(value, source);
  }
  if (!ts.isObjectLiteralExpression(expression)) return fields;
  for (const property of expression.properties) {
    for (const [name, text] of fieldsIn(property, source)) fields.set(name, text);
  }
  return fields;
}

/** @param {ts.ObjectLiteralElementLike} property @param {ts.SourceFile} source
 * @returns {Iterable<[string, string]>}
 */
function fieldsIn(property, source) {
  if (ts.isSpreadAssignment(property)) return fieldsOf(property.expression, source);
  if (property.name === undefined) return [];
  const name = property.name.getText();
  return [
    [name, ts.isPropertyAssignment(property) ? shown(name, property.initializer) : FAULTS_OWN],
  ];
}

/** @param {string} name @param {ts.Expression} value */
function shown(name, value) {
  if (ts.isStringLiteral(value)) return name === 'code' ? code(value.text) : value.text;
  return value.getText() === 'type' ? 'the event’s type' : FAULTS_OWN;
}

/** What a message may be: a text, each branch of a condition, or what a function is called with.
 * @param {ts.Expression} message @param {ts.SourceFile} source
 * @returns {string[]}
 */
function textsOf(message, source) {
  if (ts.isStringLiteral(message)) return [message.text];
  if (ts.isConditionalExpression(message)) {
    return [...textsOf(message.whenTrue, source), ...textsOf(message.whenFalse, source)];
  }
  if (!ts.isIdentifier(message)) return [OWN_MESSAGE];
  const value = initialOf(message.text, source);
  if (value !== undefined) return textsOf(value, source);
  const passed = textsPassedOn(source, message.text);
  return passed.length === 0 ? [OWN_MESSAGE] : passed;
}

/** @param {string} name @param {ts.SourceFile} source @returns {ts.Expression | undefined} */
function initialOf(name, source) {
  return declarations(source).find((one) => one.name.getText() === name)?.initializer;
}

/** What is handed to a function of this file as the parameter of this name.
 * @param {ts.SourceFile} source @param {string} parameter
 */
function textsPassedOn(source, parameter) {
  const names = declarations(source)
    .filter(({ initializer }) => initializer !== undefined && ts.isArrowFunction(initializer))
    .filter(({ initializer }) => takes(initializer, parameter))
    .map(({ name }) => name.getText());
  /** @type {string[]} */
  const texts = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && names.includes(node.expression.getText())) {
      texts.push(...node.arguments.flatMap((one) => (ts.isStringLiteral(one) ? [one.text] : [])));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

/** @param {ts.Expression | undefined} value @param {string} parameter */
function takes(value, parameter) {
  if (value === undefined || !ts.isArrowFunction(value)) return false;
  return value.parameters.some(({ name }) => name.getText() === parameter);
}

/** @param {ts.SourceFile} source @returns {ts.VariableDeclaration[]} */
function declarations(source) {
  /** @type {ts.VariableDeclaration[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isVariableDeclaration(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
