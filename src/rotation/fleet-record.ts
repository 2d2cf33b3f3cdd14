import { EVER_WRITTEN } from '../store/store.js';
import type { Evidence, Scene } from './evidence.js';

/** An instance that died while the old secret was observed, and what it may have seen. */
export interface Gap {
  readonly instance: string;
  readonly ms: number;
}

/** What is known of all instances. */
export interface Fleet {
  /** Up to when every living instance has written out what it saw. */
  readonly at: number;
  readonly silent: readonly string[];
  /** Those that have yet to tell whom they saw before the baseline was frozen. */
  readonly untold: readonly string[];
  readonly gaps: readonly Gap[];
  readonly liveCount: number;
  /** Of them, those that write each check down before they answer it. */
  readonly writeThroughCount: number;
}

const FLUSH_MS = 1_000; // What one that died may have seen and not said.
const SILENT_MS = 10_000; // Of a living instance: longer than a slow flush, beside its bound.
const LAPSE_MARGIN_MS = 1_000;
const SHOWN = 20;

/** Of a scene, all that tells of the instances. */
type Watched = Pick<Scene, 'instances' | 'gaps' | 'boundMs' | 'nowMs'> & {
  readonly details: Pick<Scene['details'], 'observedFrom' | 'frozenAt'>;
};

/** Who lives, who is silent, and what the dead may have seen. */
export function fleetOf({ details, instances, gaps, boundMs, nowMs }: Watched): Fleet {
  const lapseMs = boundMs + LAPSE_MARGIN_MS;
  const live = instances.filter(({ seenAt }) => seenAt >= nowMs - lapseMs);
  const from = details.observedFrom ?? nowMs;
  const died = instances
    // One may live on for a while after it was last heard of.
    .filter((one) => !live.includes(one) && one.seenAt >= from - lapseMs)
    .filter(({ flushedUntil }) => flushedUntil < EVER_WRITTEN) // Of the others nothing is lost.
    .map((one) => ({
      instance: one.id,
      ms: Math.max(0, one.seenAt - one.flushedUntil) + FLUSH_MS,
    }));
  const known = new Map([...gaps, ...died].map((gap) => [gap.instance, gap]));
  // One that was taken for dead and is back has told what it saw.
  for (const { id } of live) known.delete(id);
  const flushed = live.map(({ flushedUntil }) => flushedUntil);
  return {
    at: Math.min(nowMs, ...flushed),
    silent: live
      .filter((one) => one.flushedUntil < nowMs - boundMs - SILENT_MS)
      .map(({ id }) => id),
    untold: live.filter((one) => one.flushedUntil < details.frozenAt).map(({ id }) => id),
    gaps: [...known.values()],
    liveCount: live.length,
    writeThroughCount: flushed.filter((untilMs) => untilMs >= EVER_WRITTEN).length,
  };
}

/** E4: the record of who used what is whole. */
export function recordOf({ details }: Scene, fleet: Fleet): Evidence {
  const { silent, gaps, liveCount, writeThroughCount, at } = fleet;
  const { gapsMs: allowedGapMs } = details.terms.evidence;
  const gapMs = gaps.reduce((sum, { ms }) => sum + ms, 0);
  const isWhole = silent.length === 0 && gapMs <= allowedGapMs;
  const figures = {
    instances: liveCount,
    writeThrough: writeThroughCount,
    silent: silent.slice(0, SHOWN),
    gapMs,
    allowedGapMs,
    gaps: gaps.map(({ instance }) => instance).slice(0, SHOWN),
    completeUntil: at,
  };
  const sure = silent.length === 0 ? 'certain' : 'unknown';
  return { id: 'E4', state: isWhole ? 'met' : 'unmet', sure, figures };
}
