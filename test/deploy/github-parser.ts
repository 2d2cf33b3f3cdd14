import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from '../docs/page.js';

/** What GitHub's own parser of actions and workflows says against one; nothing where it is well. */
export interface GithubParser {
  readonly faultsOfAction: (content: string) => readonly string[];
  readonly faultsOfWorkflow: (content: string) => Promise<readonly string[]>;
}

const PACKAGE = '@actions/workflow-parser';
const ENTRY = `export * from '${PACKAGE}'; export * from '${PACKAGE}/actions/index';`;

/** It imports JSON as bundlers do, which Node refuses: so it is bundled, into a file of that folder. */
export async function githubParser(folder: string): Promise<GithubParser> {
  const [entry, file] = [join(folder, 'entry.mjs'), join(folder, 'github-parser.mjs')];
  writeFileSync(entry, ENTRY);
  const resolve = { modules: [join(root, 'node_modules')] };
  const bundle = await rolldown({ input: entry, platform: 'node', resolve, logLevel: 'silent' });
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
  const parser: typeof import('@actions/workflow-parser') &
    typeof import('@actions/workflow-parser/actions/index') = await import(file);
  const trace = new parser.NoOperationTraceWriter();
  return {
    faultsOfAction(content) {
      const { context, value } = parser.parseAction({ name: 'action.yml', content }, trace);
      if (value !== undefined) parser.convertActionTemplate(context, value);
      return context.errors.getErrors().map(({ message }) => message);
    },
    async faultsOfWorkflow(content) {
      const { context, value } = parser.parseWorkflow({ name: 'workflow.yml', content }, trace);
      if (value !== undefined) await parser.convertWorkflowTemplate(context, value);
      return context.errors.getErrors().map(({ message }) => message);
    },
  };
}
