import { guardedBench } from '../measure/guarded.js';

export const bench = guardedBench({ name: 'hono', framework: 'Hono 4' });
