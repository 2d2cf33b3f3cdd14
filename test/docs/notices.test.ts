import { expect, test } from 'vitest';
import { KINDS, noticeKinds } from '../../src/notify/notice.js';
import { readPage } from './page.js';

const WHO = { owner: 'owner', operators: 'operators', both: 'owner and operators' } as const;

/** The table of the guide, as the code has it. */
function rows(): readonly string[] {
  return noticeKinds.map((kind) => {
    const { to, severity, isUrgent, when } = KINDS[kind];
    const who = kind === 'digest' ? 'its channel' : WHO[to];
    const grave = kind === 'digest' ? 'its gravest' : severity;
    const urgent = isUrgent === 'always' ? `${grave}, urgent` : grave;
    return `| \`${kind}\` | ${who} | ${urgent} | ${when} |`;
  });
}

test('the guide of notices lists every kind: who is told, and when', () => {
  const { text } = readPage('docs/guides/notices.md');
  const table = text.split('\n').filter((line) => line.startsWith('| `'));
  expect(table).toEqual(rows());
});
