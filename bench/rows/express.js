import { guardedBench } from '../measure/guarded.js';

export const bench = guardedBench({ name: 'express', framework: 'Express 5' });
