import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import type { Key } from '../../src/views.js';
import { startMailServer } from './mail-server.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-09-14T08:00:00Z');
const WARM_UP_HOURS = 20 * 24;
const STORY_HOURS = 18 * 24;

/** A client of a key: how often it calls, and when it takes the new secret up. */
interface Client {
  readonly id: string;
  readonly address: string;
  readonly agent: string;
  readonly everyHours: number;
  /** Hours after the rotation; absent: never. */
  readonly movesAfter?: number;
}

interface Holder {
  readonly key: Key;
  readonly clients: readonly Client[];
  current: string;
  next: string | undefined;
  rotatedAtHour: number;
}

/** A Keyturn after some weeks in the life of a small company's API, for people to look at. */
export interface LivedIn {
  readonly keyturn: TestKeyturn;
  readonly remove: () => Promise<void>;
}

const STRANGE = 'key_live_from_somebody_who_guesses';
const OWNERS = [
  ['acme', 'Acme Corporation', 'platform@acme.example', 'America/New_York'],
  ['globex', 'Globex', 'ops@globex.example', 'Europe/Berlin'],
  ['initech', 'Initech', 'integrations@initech.example', 'America/Chicago'],
  ['hooli', 'Hooli', 'api@hooli.example', 'America/Los_Angeles'],
  ['umbrella', 'Umbrella Health', 'it@umbrella.example', 'Europe/London'],
  ['stark', 'Stark Logistics', 'dev@stark.example', 'Asia/Tokyo'],
] as const;
const USES = [
  ['Production', ['reports:read', 'orders:write'], 'live', ['tier-1', 'eu']],
  ['CI', ['reports:read'], 'test', ['ci']],
  ['Data warehouse', ['reports:read', 'events:read'], 'live', ['batch']],
  ['Mobile backend', ['orders:read', 'orders:write'], 'live', ['tier-1']],
] as const;

/** Lives through some five weeks, hour by hour. */
export async function liveIn(): Promise<LivedIn> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-lived-in-'));
  writeFileSync(join(folder, '.env'), 'ACME_API_KEY=\n');
  const mails = await startMailServer({
    refuse: (address) =>
      address.endsWith('@hooli.example') ? { status: 550, text: '5.1.1 No such user' } : undefined,
  });
  const keyturn = await createTestKeyturn({
    nowMs: START_MS,
    publicUrl: 'https://keys.example',
    destinations: { roots: [folder] },
    notices: {
      smtp: { host: '127.0.0.1', port: mails.port, from: 'keys@example.com', security: 'none' },
    },
  });
  await describePlace(keyturn);
  const holders = await issueKeys(keyturn);
  await live(keyturn, holders, { hours: WARM_UP_HOURS });
  await beginRotations(keyturn, holders, folder);
  await live(keyturn, holders, { from: WARM_UP_HOURS, hours: STORY_HOURS });
  await makeTrouble(keyturn, holders);
  await keyturn.rotateDue();
  const remove = async () => {
    await keyturn.close();
    await mails.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { keyturn, remove };
}

async function describePlace(keyturn: TestKeyturn): Promise<void> {
  await keyturn.keyspaces.create({ name: 'partners', prefix: 'pt' });
  for (const [id, name, email, timezone] of OWNERS) {
    await keyturn.owners.create({ id, name, emails: [email], timezone });
  }
  await keyturn.channels.create({
    name: 'on-call',
    kind: 'mail',
    addresses: ['oncall@example.com'],
  });
  await keyturn.policies.create({
    name: 'default',
    overlap: { soft: '7d', hard: '30d' },
    schedule: {
      every: '365d',
      window: 'Tue-Thu 09:00-15:00',
      timezone: 'Europe/Berlin',
      blackout: ['2026-12-18/2027-01-05'],
      spread: '60d',
      deliver: 'claim',
      lead: '80d',
    },
    expiry: { maxAge: '460d' },
    notify: { due: ['14d', '3d'], channels: ['owner-mail', 'on-call'] },
    reference: 'PCI DSS 4.0.1, 8.6.3',
  });
  await keyturn.policies.create({
    name: 'internal',
    overlap: { hard: '10d', atHard: 'hold' },
    approval: { before: 'issue', approvers: 1 },
  });
  await keyturn.policies.create({
    name: 'partners',
    brownouts: { after: '5d', for: '5m', share: [10, 50] },
    overlap: { hard: '14d' },
  });
}

async function issueKeys(keyturn: TestKeyturn): Promise<Holder[]> {
  const holders: Holder[] = [];
  for (const [ownerIndex, [owner, ownerName]] of OWNERS.entries()) {
    for (const [useIndex, [use, scopes, environment, tags]] of USES.entries()) {
      if ((ownerIndex + useIndex) % 4 === 3) continue;
      const { key, plaintext } = await keyturn.keys.create({
        name: `${ownerName.split(' ')[0] ?? ''} ${use}`,
        owner,
        scopes,
        environment,
        tags,
        metadata: { contract: `C-${1_000 + ownerIndex * 10 + useIndex}`, region: 'eu-central' },
      });
      const clients = clientsOf(ownerIndex, useIndex);
      holders.push({ key, clients, current: plaintext, next: undefined, rotatedAtHour: -1 });
      keyturn.clock.advanceMs(7 * HOUR_MS);
    }
  }
  return holders;
}

function clientsOf(ownerIndex: number, useIndex: number): readonly Client[] {
  const at = (host: number) => `198.51.${100 + ownerIndex}.${10 + useIndex * 10 + host}`;
  return [
    {
      id: 'checkout',
      address: at(1),
      agent: 'axios/1.9',
      everyHours: 2,
      movesAfter: 3 + useIndex * 9,
    },
    {
      id: 'nightly-export',
      address: at(2),
      agent: 'python-requests/2.32',
      everyHours: 24,
      movesAfter: 60,
    },
    ...(ownerIndex % 2 === 0
      ? [{ id: 'legacy-batch', address: at(3), agent: 'curl/7.88', everyHours: 36 }]
      : []),
  ];
}

async function live(
  keyturn: TestKeyturn,
  holders: readonly Holder[],
  { from = 0, hours }: { readonly from?: number; readonly hours: number },
): Promise<void> {
  for (let hour = from; hour < from + hours; hour += 1) {
    for (const holder of holders) await useOnce(keyturn, holder, hour);
    if (hour % 5 === 0) await keyturn.verify({ plaintext: STRANGE, address: '203.0.113.9' });
    keyturn.clock.advanceMs(HOUR_MS);
    if (hour % 6 === 0) await keyturn.rotateDue();
  }
}

async function useOnce(keyturn: TestKeyturn, holder: Holder, hour: number): Promise<void> {
  for (const [index, { id, address, agent, everyHours, movesAfter }] of holder.clients.entries()) {
    if ((hour + index * 5 + holder.key.id.length) % everyHours !== 0) continue;
    const hasMoved =
      holder.next !== undefined &&
      movesAfter !== undefined &&
      hour - holder.rotatedAtHour >= movesAfter;
    const plaintext = hasMoved ? (holder.next ?? holder.current) : holder.current;
    const sent = ['authorization', `Bearer ${plaintext}`, 'x-client-id', id, 'user-agent', agent];
    await keyturn.verify({
      headers: sent,
      address,
      scopes: hour % 11 === 0 ? ['admin:write'] : [],
    });
  }
}

/** One in each phase. */
async function beginRotations(
  keyturn: TestKeyturn,
  holders: readonly Holder[],
  folder: string,
): Promise<void> {
  const named = (name: string) => {
    const found = holders.find(({ key }) => key.name === name);
    if (found === undefined) throw new Error(`Nobody holds a key that is named ${name}.`);
    return found;
  };
  const waitsForBatch = named('Acme Production');
  const isQuick = named('Globex Production');
  const isBrownedOut = named('Initech Production');
  await keyturn.keys.update(isBrownedOut.key.id, { policy: 'partners' });
  for (const holder of [waitsForBatch, isQuick, isBrownedOut]) {
    const { plaintext } = await keyturn.keys.rotate(holder.key.id, { deliver: 'answer' });
    holder.next = plaintext;
    holder.rotatedAtHour = WARM_UP_HOURS;
  }
  const reason = 'Yearly, by contract.';
  await keyturn.keys.rotate(named('Hooli CI').key.id, { deliver: 'claim', reason });
  const isDelivered = named('Acme Data warehouse').key.id;
  await keyturn.destinations.create({
    name: 'production .env',
    key: isDelivered,
    kind: 'dotenv',
    settings: { path: join(folder, '.env'), variable: 'ACME_API_KEY' },
  });
  await keyturn.keys.rotate(isDelivered, { deliver: 'destinations' });
  const isAsked = named('Umbrella Production').key.id;
  await keyturn.keys.update(isAsked, { policy: 'internal' });
  await keyturn.keys.rotate(isAsked, { deliver: 'claim', reason: 'A colleague has left.' });
}

async function makeTrouble(keyturn: TestKeyturn, holders: readonly Holder[]): Promise<void> {
  const [other, before, last] = holders.slice(-3);
  if (!last || !before || !other) return;
  await keyturn.keys.revoke(last.key.id, { reason: 'The contract has ended.' });
  await keyturn.keys.disable(before.key.id, { reason: 'Unpaid invoice 2026-118.' });
  await keyturn.keys.update(other.key.id, { expiresAt: '9d' });
}
