import { availableParallelism } from 'node:os';
import { defineConfig, type TestUserConfig } from 'vitest/config';

const MINUTE_MS = 60_000;
const scale = Number(process.env['KEYTURN_TEST_SCALE'] || 1);
const report = process.env['KEYTURN_TEST_REPORT'];

/** Their files share a worker's modules: loading them anew took half of such a project's time. */
const shared = { isolate: false };

/** A project is a folder of test/ (the unit tests stand beside their files); the name says which. */
function project(name: string, timeoutMs: number, more: TestUserConfig = {}) {
  const limits = { testTimeout: timeoutMs * scale, hookTimeout: MINUTE_MS };
  return { test: { name, include: [`test/${name}/**/*.test.ts`], ...limits, ...more } };
}

export default defineConfig({
  test: {
    // Much of what a test does is wait for a process, a disk or a timer: two cores carry four of them.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    globalSetup: './test/setup/postgres-server.ts',
    // .ci/run counts from the file; a person reads the screen.
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      project('unit', MINUTE_MS, { include: ['src/**/*.test.ts'], ...shared }),
      project('contract', MINUTE_MS, shared),
      project('security', MINUTE_MS, { globalSetup: './test/cli/compiled.ts', ...shared }),
      project('properties', 2 * MINUTE_MS, { globalSetup: './test/cli/compiled.ts' }),
      project('crash', 2 * MINUTE_MS),
      project('http', MINUTE_MS, shared),
      project('cli', MINUTE_MS, { globalSetup: './test/cli/compiled.ts' }),
      project('upgrade', 2 * MINUTE_MS, { globalSetup: './test/cli/compiled.ts' }),
      project('guards', MINUTE_MS, shared),
      project('deploy', 3 * MINUTE_MS, { globalSetup: './test/docs/built.ts' }),
      project('docs', 2 * MINUTE_MS, { globalSetup: './test/docs/built.ts' }),
      project('admin', 2 * MINUTE_MS, { globalSetup: './test/admin/built.ts' }),
      project('bench', 2 * MINUTE_MS, { globalSetup: './test/docs/built.ts' }),
    ],
  },
});
