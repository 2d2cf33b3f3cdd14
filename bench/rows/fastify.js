import { guardedBench } from '../measure/guarded.js';

export const bench = guardedBench({ name: 'fastify', framework: 'Fastify 5' });
