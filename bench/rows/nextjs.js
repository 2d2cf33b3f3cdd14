import { guardedBench } from '../measure/guarded.js';
import { builtNext } from '../measure/next-build.js';

export const bench = guardedBench({
  name: 'nextjs',
  framework: 'Next.js 16',
  prepare: async () => ({ folder: builtNext() }),
});
