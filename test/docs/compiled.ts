import { join } from 'node:path';
import ts from 'typescript';
import { type Page, root } from './page.js';

const FOLDER = join(root, 'test/docs'); // Where `keyturn` and Node's types are found from.

/** What the compiler says against the TypeScript of the pages, by page and line. */
export function typeFaults(pages: readonly Page[]): readonly string[] {
  const sources = new Map(pages.flatMap((page) => [...programsOf(page)]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    experimentalDecorators: true, // As Nest's users have it.
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => sources.has(name) || fileExists(name);
  host.readFile = (name) => sources.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = sources.get(name);
    if (text === undefined) return getSourceFile.call(host, name, version, ...rest);
    return ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(textOf);
}

/** Each block is a module of its own; one that `continues` stands below what came before. */
function programsOf({ path, blocks }: Page): ReadonlyMap<string, string> {
  const programs = new Map<string, string>();
  let before = '';
  for (const { language, words, text, line } of blocks) {
    if (language !== 'ts') continue;
    before = words.includes('continues') ? before + text : text;
    programs.set(
      join(FOLDER, `${path.replaceAll('/', '-')}-${line}.mts`),
      `${before}\nexport {};\n`,
    );
  }
  return programs;
}

function textOf({ file, messageText }: ts.Diagnostic): string {
  const where = file?.fileName.slice(FOLDER.length + 1) ?? '';
  return `${where}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
