import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { parseSync, transformSync } from 'rolldown/utils';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What brings files of its own, or may not be there. */
const NATIVE = [/^@photostructure\//, /^pg-native$/];

/** In blocks of 512 bytes (POSIX ulimit). */
const FULL_DISK = 'ulimit -f 2048; exec "$@"';

/** A process of its own that speaks JSON, a line each. */
export interface Started {
  /** The next line it writes. Rejects, with what it said on standard error, if it ends instead. */
  readonly next: () => Promise<unknown>;
  readonly say: (line: string) => void;
  /** It runs no more, and knows nothing of it (SIGSTOP), until it goes on (SIGCONT). */
  readonly stop: () => void;
  readonly goOn: () => void;
  /** Ends it as a power cut would: it runs not one instruction more. */
  readonly kill: () => Promise<void>;
}

/** A program of the tests, compiled so that any Node runs it. */
export interface Program {
  readonly start: (...args: readonly string[]) => Started;
  /** The same, where no file may grow beyond 1 MiB: a full disk, without filling one. */
  readonly startOnFullDisk: (...args: readonly string[]) => Started;
  /** Kills what still runs of it, and removes the compiled files. */
  readonly remove: () => Promise<void>;
}

/**
 * Compiles a program and all of ours that it imports: Node 20 cannot read TypeScript itself.
 * @param program its path in the repository, as in `test/crash/store-program.ts`.
 * @param packages the only ones that are installed for it; all that the repository has, if absent.
 */
export function compileProgram(program: string, packages?: readonly string[]): Program {
  return programOf(compileApart(program, packages));
}

/**
 * The same in one file, with the packages that it uses: it starts three times as fast, which counts
 * where it is started a hundred times.
 */
export async function bundleProgram(program: string): Promise<Program> {
  const target = folderApart();
  const path = join(target, 'program.mjs');
  const bundle = await rolldown({
    input: join(root, program),
    platform: 'node',
    external: NATIVE,
    logLevel: 'silent',
  });
  await bundle.write({ file: path, format: 'esm', codeSplitting: false });
  await bundle.close();
  return programOf({ path, remove: () => removeFolder(target) });
}

function programOf({ path, remove }: Compiled): Program {
  const children: ChildProcess[] = [];
  const run = (command: string, args: readonly string[]): Started => {
    const child = spawn(command, args);
    children.push(child);
    return started(child);
  };
  return {
    start: (...args) => run(process.execPath, [path, ...args]),
    startOnFullDisk: (...args) =>
      run('/bin/sh', ['-c', FULL_DISK, 'sh', process.execPath, path, ...args]),
    async remove() {
      await Promise.all(children.map(kill));
      remove();
    },
  };
}

/** A compiled program, in a folder of its own beside which no build can come. */
export interface Compiled {
  readonly path: string;
  readonly remove: () => void;
}

/** Compiles a program as it is now; `dist` may be older, or be building. */
export function compileApart(program: string, packages?: readonly string[]): Compiled {
  const target = folderApart(packages);
  return { path: compileTree(program, target), remove: () => removeFolder(target) };
}

/** A folder in which those packages are installed. */
function folderApart(packages?: readonly string[]): string {
  const target = mkdtempSync(join(tmpdir(), 'keyturn-programs-'));
  chmodSync(target, 0o755); // A program may give up its rights, and still has to find its files.
  copyFileSync(join(root, 'package.json'), join(target, 'package.json'));
  install(target, packages);
  return target;
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function install(target: string, packages: readonly string[] | undefined): void {
  const [from, to] = [join(root, 'node_modules'), join(target, 'node_modules')];
  if (packages === undefined) {
    symlinkSync(from, to);
    return;
  }
  mkdirSync(to);
  for (const name of packages) symlinkSync(join(from, name), join(to, name));
}

/** @returns where the compiled program is. */
function compileTree(program: string, target: string): string {
  const seen = new Set([program]);
  for (const file of seen) {
    const compiled = compiledPath(file, target);
    const code = compileSource(file, readFileSync(join(root, file), 'utf8'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, code);
    for (const name of importedIn(code)) {
      if (name.startsWith('.')) seen.add(join(dirname(file), name.replace(/\.js$/, '.ts')));
    }
  }
  return compiledPath(program, target);
}

function compiledPath(file: string, target: string): string {
  return join(target, file.replace(/\.ts$/, '.js'));
}

/**
 * Takes the types out, as `tsc` does: that takes fifty times as long, and every suite with processes
 * of its own waits for it.
 */
export function compileSource(file: string, source: string): string {
  const typescript = { onlyRemoveTypeImports: true };
  const { code, errors } = transformSync(file, source, { target: 'node20', typescript });
  const [error] = errors;
  if (error !== undefined) throw error;
  // Of some templates it makes calls of a package that nobody has here.
  return code.includes('@oxc-project/runtime') ? compiledSlowly(source) : code;
}

function compiledSlowly(source: string): string {
  const { ESNext: module } = ts.ModuleKind;
  const compilerOptions = { module, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}

function importedIn(code: string): readonly string[] {
  const { staticImports, staticExports, dynamicImports } = parseSync('a.js', code).module;
  const exported = staticExports.flatMap(({ entries }) => entries);
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...exported.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => code.slice(start + 1, end - 1)),
  ];
}

function started(child: ReturnType<typeof spawn>): Started {
  const { stdout, stderr, stdin } = child;
  if (stdout === null || stderr === null || stdin === null) throw new Error('No pipes.');
  let said = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  stdin.on('error', () => {}); // It may be killed while it is spoken to.
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`The process ended. ${said}`);
      return JSON.parse(value);
    },
    say: (line) => stdin.write(`${line}\n`),
    stop: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill: () => kill(child),
  };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
