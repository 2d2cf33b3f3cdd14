import { expect, test } from 'vitest';
import type { PolicyPatch } from '../../src/policy-views.js';
import { PRESETS } from '../../src/rotation/schedule/presets.js';
import { viewSchedule } from '../../src/rotation/schedule/schedule-input.js';
import { readPage } from './page.js';

const { text } = readPage('docs/guides/automate-rotation.md');

/** The rows of the table that has this head. */
function rowsUnder(head: string): readonly string[] {
  const lines = text.split('\n');
  const rest = lines.slice(lines.findIndex((line) => line.startsWith(head)) + 2);
  return rest.slice(0, rest.indexOf(''));
}

function rowOf([name, { schedule, overlap }]: readonly [string, PolicyPatch]): string {
  const start = schedule?.mode === 'before' ? `${schedule.lead} before` : 'when due';
  const when = schedule ? `${schedule.every}, ${start}` : 'never by itself';
  const held = overlap === undefined ? '–' : `${overlap.hard}, then \`${overlap.atHard}\``;
  return `| \`${name}\` | ${when} | ${schedule?.deliver ?? '–'} | ${held} |`;
}

test('the guide lists every preset as it is', () => {
  const said = rowsUnder('| preset |').map((row) => row.split('|').slice(0, 5).join('|'));
  expect(said.map((row) => `${row}|`)).toEqual(Object.entries(PRESETS).map(rowOf));
});

test('the guide says what each field of a schedule means', () => {
  const hours = { window: null, timezone: 'UTC', blackout: [], runwayUntil: null, deliver: null };
  const plain = { everyMs: 1, mode: 'after', leadMs: 0, spreadMs: 0, ...hours } as const;
  const { runwayUntil: _, ...fields } = viewSchedule(plain) ?? {};
  const said = rowsUnder('| field |').map((row) => /^\| `(\w+)`/.exec(row)?.[1]);
  expect(said).toEqual(Object.keys(fields));
});
