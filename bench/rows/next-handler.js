import { guardedBench } from '../measure/guarded.js';

export const bench = guardedBench({
  name: 'next-handler',
  framework: "Next.js's kind without its server",
  goal: null,
});
