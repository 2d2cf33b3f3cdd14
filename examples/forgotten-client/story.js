// The story that timers lose: one key, 20 programs that use it. 18 are moved to the new secret within
// three days, one is forgotten, one runs once a month. Told three times on a held clock: with a timer
// of seven days on the old secret, on evidence, and on evidence with brown-outs, whose refusal the
// owner of the monthly one reads. Run it: node examples/forgotten-client/story.js
import { createTestKeyturn } from 'keyturn/testing';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const START_MS = Date.parse('2026-03-01T00:00:00Z');

/**
 * Each program: how often it calls, and on which day it was given the new secret; never, if null.
 * @typedef {{ name: string, everyHours: number, firstHour?: number, movesOnDay: number | null }} Client
 */

/** @param {Pick<Client, 'firstHour' | 'movesOnDay'>} monthly @returns {readonly Client[]} */
const clientsWith = (monthly) => [
  ...Array.from({ length: 18 }, (_, index) => ({
    name: `service-${index + 1}`,
    everyHours: 1 + (index % 4),
    movesOnDay: index % 3,
  })),
  { name: 'forgotten-cron', everyHours: 24, firstHour: 12, movesOnDay: null },
  { name: 'monthly-invoice', everyHours: 30 * DAY_HOURS, ...monthly },
];

const late = clientsWith({ firstHour: 360, movesOnDay: 20 });
await tell('A timer: the old secret ends after seven days', { clients: late, overlap: '7d' });
await tell('Evidence: the old secret ends when everyone has moved', { clients: late });
// Its month is over on the second day, and what it is refused with says what to do.
const early = clientsWith({ firstHour: 49, movesOnDay: 3 });
const brownouts = { after: '49h', for: '5m', share: [100] };
await tell('Evidence, and a brown-out of five minutes', { clients: early, brownouts });

/**
 * @param {string} title
 * @param {{ clients: readonly Client[], overlap?: string,
 *   brownouts?: import('keyturn').PolicyInput['brownouts'] }} how
 */
async function tell(title, { clients, brownouts, ...how }) {
  console.log(title);
  const keyturn = await createTestKeyturn({ nowMs: START_MS });
  if (brownouts !== undefined) await keyturn.policies.create({ name: 'default', brownouts });
  const made = await keyturn.keys.create({ name: 'Acme', owner: 'acme' });
  const secrets = { old: made.plaintext, new: '' };
  // A month of use, so that there is somebody to wait for.
  for (let hour = 0; hour < 31 * DAY_HOURS; hour += 1) {
    await pass(keyturn, { clients, hour, secrets, day: null });
  }

  const rotated = await keyturn.keys.rotate(made.key.id, how);
  if (!('plaintext' in rotated)) throw new Error('The key was not rotated.');
  secrets.new = rotated.plaintext;
  /** @type {Map<string, string>} */
  const refusals = new Map();
  for (let hour = 0; hour < 35 * DAY_HOURS; hour += 1) {
    const day = Math.floor(hour / DAY_HOURS);
    for (const [name, code] of await pass(keyturn, { clients, hour, secrets, day })) {
      refusals.set(name, refusals.get(name) ?? `day ${day}: ${name} is refused, ${code}`);
    }
    if (hour === 8 * DAY_HOURS) await report(keyturn, rotated.rotation.id, 'day 8');
  }
  tellRefusals([...refusals.values()]);
  await report(keyturn, rotated.rotation.id, 'day 35');
  await keyturn.close();
}

/** @param {readonly string[]} refusals */
function tellRefusals(refusals) {
  for (const text of refusals.length === 0 ? ['nobody was refused'] : refusals) {
    console.log(`  ${text}`);
  }
}

/**
 * One hour: whose turn it is calls.
 * @param {import('keyturn/testing').TestKeyturn} keyturn
 * @param {{ clients: readonly Client[], hour: number, secrets: { old: string, new: string },
 *   day: number | null }} at the day since the rotation; null: before it
 * @returns {Promise<ReadonlyMap<string, string>>} who was refused, and with which code
 */
async function pass(keyturn, { clients, hour, secrets, day }) {
  const refused = new Map();
  for (const [index, client] of clients.entries()) {
    const { name, everyHours, firstHour = 0, movesOnDay } = client;
    if (hour % everyHours !== firstHour) continue;
    const hasMoved = day !== null && movesOnDay !== null && day >= movesOnDay;
    const plaintext = hasMoved ? secrets.new : secrets.old;
    // Four to a network, as on four machines of a rack.
    const address = `10.0.${Math.floor(index / 4)}.${index + 1}`;
    const sender = { address, userAgent: 'acme/1.0', clientId: name };
    const verdict = await keyturn.verify({ plaintext, ...sender });
    if (!verdict.valid) refused.set(name, verdict.code);
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
