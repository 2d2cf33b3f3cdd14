import { guardedBench } from '../measure/guarded.js';

export const bench = guardedBench({ name: 'nextjs', framework: "Next.js's kind" });
