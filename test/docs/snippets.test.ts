import { describe, expect, test } from 'vitest';
import { postgresOrSkip } from '../setup/postgres.js';
import { typeFaults } from './compiled.js';
import { allPages, type Block } from './page.js';
import { follow } from './reader.js';

const MAX_NOT_RUN = 7; // They need Docker (two), a cluster, systemd, Django, Next.js, or run all tests.

const pages = allPages().filter(({ isGenerated }) => !isGenerated); // Those show declarations.
const told = pages.filter(({ blocks }) => blocks.some(isToFollow));

function isToFollow({ notRun, language }: Block): boolean {
  return notRun === undefined && language !== 'http'; // codes.test.ts compares those.
}

describe('the documentation', () => {
  test.concurrent.for(told.map((page) => [page.path, page] as const))(
    '%s does what it says',
    async ([, page], ctx) => {
      if (page.text.includes('postgres://keyturn@')) postgresOrSkip(ctx);
      await follow(page);
    },
  );

  test('shows TypeScript that compiles', () => {
    expect(typeFaults(pages)).toEqual([]);
  });

  test('says why a block is not run, and leaves out a handful at most', () => {
    const left = pages.flatMap(({ blocks }) => blocks.filter(({ notRun }) => notRun !== undefined));
    expect(left.length).toBeLessThanOrEqual(MAX_NOT_RUN);
  });
});
