import type { TestProject } from 'vitest/node';
import { compileApart } from '../setup/processes.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The compiled `src/cli/main.ts`: what the package's `bin` names. */
    commandLine: string;
  }
}

/** Compiles the command line once for the run. */
export function setup(project: TestProject): () => void {
  const { path, remove } = compileApart('src/cli/main.ts');
  project.provide('commandLine', path);
  return remove;
}
