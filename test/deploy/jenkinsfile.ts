// Reads a declarative pipeline of Jenkins as far as its blocks go. Jenkins's own linter is a part of a
// running Jenkins; there is no such thing to install.

// What stands where, by https://www.jenkins.io/doc/book/pipeline/syntax/. Steps hold what plugins bring.
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  '': ['pipeline'],
  pipeline: [
    'agent',
    'triggers',
    'options',
    'environment',
    'stages',
    'post',
    'parameters',
    'tools',
  ],
  agent: [],
  triggers: [],
  options: [],
  environment: [],
  stages: ['stage'],
  stage: ['agent', 'steps', 'environment', 'options', 'post', 'when', 'tools', 'stages'],
};
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|[{}()[\]]|['"]/g;
const CLOSES: Readonly<Record<string, string>> = { '}': '{', ')': '(', ']': '[' };
const NAME = /(\w+)\s*(?:\([^{}]*\)\s*)?$/; // Of the block that an opening brace begins.

interface Bracket {
  readonly sign: string;
  /** Of the block that it begins; empty where it begins none. */
  readonly name: string;
  readonly line: number;
}

/** What is wrong with a pipeline: brackets and quotes that have no end, sections in a wrong place. */
export function faultsOfPipeline(text: string): readonly string[] {
  const open: Bracket[] = [];
  const faults: string[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const line = text.slice(0, index).split('\n').length;
    if (token === "'" || token === '"') faults.push(`line ${line}: a quote has no end`);
    if ('{(['.includes(token)) {
      const bracket = { sign: token, name: nameBefore(text, index), line };
      faults.push(...misplaced(bracket, open));
      open.push(bracket);
    }
    if (token in CLOSES && open.pop()?.sign !== CLOSES[token]) {
      return [...faults, `line ${line}: ${token} closes nothing`];
    }
  }
  return [...faults, ...open.map(({ sign, line }) => `line ${line}: ${sign} has no end`)];
}

function nameBefore(text: string, index: number): string {
  return (text[index] === '{' ? NAME.exec(text.slice(0, index))?.[1] : undefined) ?? '';
}

function misplaced({ sign, name, line }: Bracket, open: readonly Bracket[]): readonly string[] {
  const parent = open.findLast((one) => one.sign === '{')?.name ?? '';
  const isWrong = sign === '{' && SECTIONS[parent]?.includes(name) === false;
  return isWrong ? [`line ${line}: "${name}" cannot stand in "${parent}"`] : [];
}
