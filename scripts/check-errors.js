// Every code of src/errors.ts is a promise: it stands in the reference, and a test has seen it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { refuse, report } from './report.js';
import { filesUnder, parse, root } from './source.js';

const CHECK = 'check:errors';
const CATALOGUE = 'src/errors.ts';
const REFERENCE = 'docs/reference/errors.md';

for (const path of [CATALOGUE, REFERENCE]) {
  if (!existsSync(join(root, path))) refuse(CHECK, `${path} is not there`, 'Write it.');
}
const codes = codesOf(parse(join(root, CATALOGUE)));
if (codes.length === 0) {
  refuse(CHECK, `no \`type ErrorCode\` of strings in ${CATALOGUE}`, 'Keep the closed list there.');
}
const reference = readFileSync(join(root, REFERENCE), 'utf8');
const tests = filesUnder(['src', 'test'], '.test.ts').map((file) => readFileSync(file, 'utf8'));
const documented = new Set([...reference.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code));

report(
  CHECK,
  [
    ...codes
      .filter((code) => !documented.has(code))
      .map((code) => `\`${code}\` does not stand in ${REFERENCE}`),
    ...codes
      .filter((code) => !tests.some((text) => new RegExp(`['"\`]${code}['"\`]`).test(text)))
      .map((code) => `no test names '${code}'`),
  ],
  'Say in the reference what it means and what to do, and raise it in a test.',
);

/** @param {ts.SourceFile} source @returns {string[]} */
function codesOf(source) {
  const list = source.statements
    .filter(ts.isTypeAliasDeclaration)
    .find((node) => node.name.text === 'ErrorCode')?.type;
  if (list === undefined || !ts.isUnionTypeNode(list)) return [];
  return list.types.flatMap((member) =>
    ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal) ? [member.literal.text] : [],
  );
}
