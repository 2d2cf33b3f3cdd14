// A process of its own that goes through a course of rotations, and dies at the commit of a name, as a
// power cut would kill it. What came of it stands on standard output, as JSON, a line each.
import { writeSync } from 'node:fs';
import { openPostgres } from '../../src/store/postgres/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import { startFleet } from '../setup/fleet.js';
import { HeldClock } from '../setup/held-clock.js';
import { begin, courseOf, goOn, takeOver, watched } from './course-run.js';
import { type Known, People } from './people.js';
import { internalOf, OPTIONS } from './places.js';

const [url = '', name = '', label = '', side = '', laterMs = '0', kept = ''] =
  process.argv.slice(2);
const clock = new HeldClock();
const startedAt = clock.nowMs();
clock.advanceMs(Number(laterMs));
let people: People | undefined;

/** Written at once: a moment later it may be dead. */
function tell(what: unknown): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

const open = url.startsWith('sqlite:') ? openSqlite : openPostgres;
const data = {
  url,
  // As a tool: it is one of several processes that share a file.
  open: async (ports: Parameters<typeof open>[0]['ports']) =>
    watched(
      await open({ url, role: 'tool', ports }),
      (move, when) => {
        if (people === undefined || move.label !== label || when !== side) return;
        tell({ died: label, laterMs: clock.nowMs() - startedAt });
        process.kill(process.pid, 'SIGKILL');
      },
      () => people?.word,
    ),
  execute: () => Promise.reject(new Error('Nothing is asked of it here.')),
  remove: async () => {},
};
const fleet = await startFleet({
  create: async () => data,
  roles: ['server'],
  options: OPTIONS,
  internal: internalOf(courseOf(name).delivery),
  clock,
});
const known: Known = kept === '' ? await begin(fleet, name) : JSON.parse(kept);
if (kept === '') tell(known);
people = new People(fleet, known, tell);
if (kept !== '') await takeOver(people, name);
await goOn(people, name);
tell({ ended: true });
await fleet.close();
