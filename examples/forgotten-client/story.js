// The story that timers lose: one key, 20 programs that use it. 18 are moved to the new secret within
// three days, one is forgotten, one runs once a month. Told twice on a held clock: with a timer of
// seven days on the old secret, and on evidence. Run it: node examples/forgotten-client/story.js
import { createTestKeyturn } from 'keyturn/testing';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const START_MS = Date.parse('2026-03-01T00:00:00Z');

/**
 * Each program: how often it calls, and on which day it was given the new secret; never, if null.
 * @type {{ name: string, everyHours: number, firstHour?: number, movesOnDay: number | null }[]}
 */
const clients = [
  ...Array.from({ length: 18 }, (_, index) => ({
    name: `service-${index + 1}`,
    everyHours: 1 + (index % 4),
    movesOnDay: 1 + (index % 3),
  })),
  { name: 'forgotten-cron', everyHours: 24, movesOnDay: null },
  { name: 'monthly-invoice', everyHours: 30 * DAY_HOURS, firstHour: 360, movesOnDay: 20 },
];

await tell('A timer: the old secret ends after seven days', { overlap: '7d' });
await tell('Evidence: the old secret ends when everyone has moved', {});

/** @param {string} title @param {{ overlap?: string }} how */
async function tell(title, how) {
  console.log(title);
  const keyturn = await createTestKeyturn({ nowMs: START_MS });
  const made = await keyturn.keys.create({ name: 'Acme', owner: 'acme' });
  const secrets = { old: made.plaintext, new: '' };
  // A month of use, so that there is somebody to wait for.
  for (let hour = 0; hour < 31 * DAY_HOURS; hour += 1)
    await pass(keyturn, { hour, secrets, day: null });

  const rotated = await keyturn.keys.rotate(made.key.id, how);
  if (!('plaintext' in rotated)) throw new Error('The key was not rotated.');
  secrets.new = rotated.plaintext;
  const broken = new Map();
  for (let hour = 0; hour < 35 * DAY_HOURS; hour += 1) {
    for (const name of await pass(keyturn, { hour, secrets, day: Math.floor(hour / DAY_HOURS) })) {
      if (!broken.has(name)) broken.set(name, Math.floor(hour / DAY_HOURS));
    }
    if (hour === 8 * DAY_HOURS) await report(keyturn, rotated.rotation.id, 'day 8');
  }
  for (const [name, day] of broken) console.log(`  day ${day}: ${name} is refused`);
  if (broken.size === 0) console.log('  nobody was refused');
  await report(keyturn, rotated.rotation.id, 'day 35');
  await keyturn.close();
}

/**
 * One hour: whose turn it is calls.
 * @param {import('keyturn/testing').TestKeyturn} keyturn
 * @param {{ hour: number, secrets: { old: string, new: string }, day: number | null }} at the day
 *   since the rotation; null: before it
 * @returns {Promise<readonly string[]>} who was refused
 */
async function pass(keyturn, { hour, secrets, day }) {
  const refused = [];
  for (const [index, client] of clients.entries()) {
    const { name, everyHours, firstHour = 0, movesOnDay } = client;
    if (hour % everyHours !== firstHour) continue;
    const hasMoved = day !== null && movesOnDay !== null && day >= movesOnDay;
    const plaintext = hasMoved ? secrets.new : secrets.old;
    // Four to a network, as on four machines of a rack.
    const address = `10.0.${Math.floor(index / 4)}.${index + 1}`;
    const sender = { address, userAgent: 'acme/1.0', clientId: name };
    const verdict = await keyturn.verify({ plaintext, ...sender });
    if (!verdict.valid) refused.push(name);
  }
  keyturn.clock.advanceMs(HOUR_MS);
  // What is due in the background is done: counts are written, the rotation is looked at.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return refused;
}

/** @param {import('keyturn').Keyturn} keyturn @param {string} id @param {string} when */
async function report(keyturn, id, when) {
  const { state, consumers } = await keyturn.rotations.get(id);
  const behind = consumers.filter(({ where }) => where !== 'moved').map(({ label }) => label);
  console.log(`  ${when}: ${state}, not moved: ${behind.join(', ') || 'nobody'}`);
}
