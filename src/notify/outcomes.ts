import type { Ports } from '../ports.js';
import type { NoticeOutcome, OutboxRecord } from '../store/notices.js';
import { nextTry } from './back-off.js';
import type { SendFailure, SendOutcome } from './channel.js';
import type { Rows } from './rows.js';

/** What may pass by itself; of all else the message says what to do. */
const PASSING: ReadonlySet<SendFailure['class']> = new Set(['transient', 'throttled']);

/** An hour and more: who asks for patience with strangers is content by then. */
const PARTLY_TRIES = 6;

interface Now {
  readonly ports: { readonly random: Ports['random'] };
  readonly nowMs: () => number;
}

/** It waits on, as it is. */
export function waiting(
  { id, tryCount, firstTryAt, sentAs, isDigest, failure }: OutboxRecord,
  { nextAt }: { readonly nextAt: number | null },
): NoticeOutcome {
  const known = { id, tryCount, firstTryAt, sentAs, isDigest, failure };
  return { ...known, state: 'waiting', nextAt, sentAt: null, isHeldOn: false };
}

/** Of what was one mail: by one chance, as it is to be one mail again. */
export function outcomesOf(
  { ports, nowMs }: Now,
  rows: Rows,
  outcome: SendOutcome,
): readonly NoticeOutcome[] {
  const timeMs = nowMs();
  const [chance = 0] = ports.random.bytes(1);
  return rows.map((row): NoticeOutcome => {
    const tryCount = row.tryCount + 1;
    const firstTryAt = row.firstTryAt ?? timeMs;
    const tried = { ...waiting(row, { nextAt: null }), tryCount, firstTryAt };
    if (outcome.kind === 'sent') return sent(tried, timeMs, outcome);
    const { class: failureClass, message } = outcome;
    if (outcome.isPartly === true && tryCount >= PARTLY_TRIES) return sent(tried, timeMs, outcome);
    const next = nextTry({ tries: tryCount, forMs: timeMs - firstTryAt }, outcome, chance / 256);
    if (next.kind === 'dead_letter') {
      return { ...tried, state: 'dead', failure: { class: failureClass, message } };
    }
    const again = PASSING.has(failureClass) ? `${message} It is tried again.` : message;
    const failure = { class: failureClass, message: again };
    return { ...tried, nextAt: timeMs + next.afterMs, failure };
  });
}

/** Who did not take it stands beside it: nobody is told, since others of the same people have it. */
function sent(
  tried: NoticeOutcome,
  sentAt: number,
  { message }: { readonly message?: string },
): NoticeOutcome {
  const failure = message === undefined ? null : ({ class: 'rejected', message } as const);
  return { ...tried, state: 'sent', failure, sentAt };
}
