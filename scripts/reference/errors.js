// docs/reference/errors.md: every code of src/errors.ts, with its HTTP status and its exit code.
import { join } from 'node:path';
import ts from 'typescript';
import { parse, root } from '../source.js';
import { built } from './built.js';
import { docOf } from './declarations.js';
import { code, pageHead, paragraphs, table } from './markdown.js';
import { NEXT_STEPS } from './next-steps.js';

/** @typedef {{ code: string, name: string, doc: string }} ErrorClass */

const RULES = `A refused key is no error: \`verify\` answers a verdict, and its codes have [pages of their own](../codes/README.md).
What stands here are faults: the library throws a \`KeyturnError\` with one of these codes as \`code\`,
HTTP answers them as \`application/problem+json\`, and the command line ends with the exit code.

A message says what is wrong, where, and what to do. It holds ids and hints, never a key, a header or a body.`;

/**
 * @returns {Promise<string>}
 * @public
 */
export async function errorsReference() {
  /** @type {Pick<typeof import('../../src/http/codes.js'), 'FAULTS'>} */
  const { FAULTS } = await built('http/codes.js');
  /** @type {Readonly<Record<string, { status: number, title: string }>>} */
  const faults = FAULTS;
  /** @type {typeof import('../../src/cli/fault.js')} */
  const { exitOf } = await built('cli/fault.js');
  const errors = await built('errors.js');
  const classes = errorClasses();
  const missing = classes.filter((one) => !(one.code in NEXT_STEPS)).map((one) => one.code);
  if (missing.length > 0) throw new Error(`next-steps.js says nothing of ${missing.join(', ')}.`);
  const sections = classes.map(({ code: name, name: className, doc }) => {
    const { status, title } = faults[name] ?? { status: 0, title: '' };
    const fault = className === 'InternalError' ? new Error() : new errors[className]([]);
    const facts = [[code(className), `${status} ${title}`, String(exitOf(fault))]];
    return paragraphs(
      `## ${code(name)}`,
      doc.replace(/ \(HTTP \d+\)/, ''),
      table(['Class', 'HTTP', 'Exit code'], facts),
      `What to do: ${NEXT_STEPS[name]}`,
    );
  });
  const head = pageHead({
    title: 'Errors',
    source: 'src/errors.ts, src/http/codes.ts and src/cli/fault.ts',
    promise: 'After reading this you can tell every fault from its code, and know the next step.',
  });
  return paragraphs(head, RULES, ...sections);
}

/** @returns {readonly ErrorClass[]} in the order of the list of codes */
function errorClasses() {
  const source = parse(join(root, 'src/errors.ts'));
  return source.statements.filter(ts.isClassDeclaration).flatMap((node) => {
    const name = codeIn(node);
    return name === undefined
      ? []
      : [{ code: name, name: node.name?.text ?? '', doc: docOf(node) }];
  });
}

/** The literal that `readonly code = '…'` gives.
 * @param {ts.ClassDeclaration} node
 */
function codeIn(node) {
  const member = node.members
    .filter(ts.isPropertyDeclaration)
    .find((one) => one.name.getText() === 'code');
  const value = member?.initializer;
  return value !== undefined && ts.isStringLiteral(value) ? value.text : undefined;
}
