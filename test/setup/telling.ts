import { randomBytes } from 'node:crypto';
import type { NoticeId } from '../../src/keys/id.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import type { NoticeOptions } from '../../src/notice-options.js';
import type { NoticeFilter, OutboxRecord } from '../../src/store/notices.js';
import { dataKinds } from './data.js';
import { type Fleet, type FleetOptions, startFleet } from './fleet.js';
import type { MailServer } from './mail-server.js';
import { HeldRotations } from './rotations.js';

export const PUBLIC_URL = 'https://keys.acme.example';
const [memory] = dataKinds;

/** A server that tells people, and whose time is held. */
export interface Telling {
  readonly fleet: Fleet;
  /** Lets what is due run, and time pass. */
  readonly time: HeldRotations;
  /** Two looks of the sender a minute, for so many minutes. */
  passMinutes(minutes: number): Promise<void>;
  /** A look a second, as a server does. */
  passSeconds(seconds: number): Promise<void>;
  /** All that was to be told, the oldest first. */
  outbox(): Promise<readonly OutboxRecord[]>;
}

interface TellingOptions extends Partial<Pick<FleetOptions, 'create' | 'clock' | 'roles'>> {
  readonly mail?: Pick<MailServer, 'port'> | undefined;
  readonly notices?: NoticeOptions;
  /** Default: there is one. */
  readonly hasSealKey?: boolean;
}

export async function startTelling({
  create = memory?.create,
  mail,
  notices = {},
  hasSealKey = true,
  ...rest
}: TellingOptions = {}): Promise<Telling> {
  if (create === undefined) throw new Error('There is no kind of database.');
  const address = { host: '127.0.0.1', security: 'none', from: 'keys@acme.example' } as const;
  const smtp = mail === undefined ? {} : { smtp: { ...address, port: mail.port } };
  const sealKey = new Plaintext(randomBytes(32).toString('base64'));
  const fleet = await startFleet({
    create,
    roles: ['server'],
    ...rest,
    options: { publicUrl: PUBLIC_URL, notices: { ...smtp, ...notices } },
    internal: hasSealKey ? { sealKey } : {},
  });
  const time = new HeldRotations(fleet);
  const { notices: told } = fleet.at(0).store;
  const listed = async (of: Partial<NoticeFilter>) => {
    const rows: OutboxRecord[] = [];
    for (let after: NoticeId | null = null; ; ) {
      const page = await told.listNotices({ within: 'all', after, limit: PAGE, ...of });
      rows.push(...page);
      if (page.length < PAGE) return rows.toReversed();
      after = page.at(-1)?.id ?? null;
    }
  };
  const isDue = async () => {
    const nowMs = fleet.clock.nowMs();
    return (await listed({ state: 'waiting' })).some(
      ({ nextAt }) => nextAt !== null && nextAt <= nowMs,
    );
  };
  // Who sends waits for another server, and asks the store nothing meanwhile.
  const sent = async () => {
    for (let look = 0; look < MOST_LOOKS && (await isDue()); look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await runFor(fleet, time, look % 10 === 0 ? TICK_MS : 0);
    }
  };
  return {
    fleet,
    time,
    outbox: () => listed({}),
    async passMinutes(minutes) {
      for (let half = 0; half < minutes * 2; half += 1) {
        await runFor(fleet, time, 30_000 - SETTLE_MS);
        await runFor(fleet, time, SETTLE_MS);
        await sent();
      }
    },
    async passSeconds(seconds) {
      for (let second = 0; second < seconds; second += 1) {
        await runFor(fleet, time, TICK_MS);
        await sent();
      }
    },
  };
}

const PAGE = 1_000;
const SETTLE_MS = 2_000; // What has come meanwhile is looked at, too.
const TICK_MS = 1_000; // Of who sends.
const MOST_LOOKS = 2_000;

async function runFor(fleet: Fleet, time: HeldRotations, durationMs: number): Promise<void> {
  fleet.clock.advanceMs(durationMs);
  for (const instance of fleet.instances) instance.runDue();
  await time.quiet();
}
