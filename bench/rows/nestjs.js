import { guardedBench } from '../measure/guarded.js';

export const bench = guardedBench({ name: 'nestjs', framework: 'NestJS 11' });
