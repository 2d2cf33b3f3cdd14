import type { Runtime } from './runtime.js';
import type { MetricSample } from './standing-views.js';
import { ROTATION_STEPS } from './store/rotation.js';

const NO_LABELS = {};
const MODES = ['open', 'frozen', 'moved', 'quarantined'] as const;
const MODE_HELP = 'What the database may be used for: 1 for its mode.';

/** What one instance counts, in the names and units of the Prometheus text format. */
export function metricsOf(runtime: Runtime | undefined): readonly MetricSample[] {
  if (runtime === undefined) return [gauge('keyturn_open', 'Whether the database is open.', 0)];
  return [
    gauge('keyturn_open', 'Whether the database is open.', 1),
    ...checkSamples(runtime),
    ...comparisonSamples(runtime),
    ...cacheSamples(runtime),
    ...fleetSamples(runtime),
    ...rotationSamples(runtime),
  ];
}

function checkSamples({ verifier, flusher }: Runtime): readonly MetricSample[] {
  const { valid, lost, refused } = verifier.recorder.totals();
  const help = 'Checks, by outcome.';
  const outcomes = [['valid', valid] as const, ...refused];
  return [
    ...outcomes.map(([outcome, value]) =>
      counter('keyturn_checks_total', help, { labels: { outcome }, value }),
    ),
    counter('keyturn_store_loss_checks_total', 'Checks accepted while the store was lost.', {
      value: verifier.storeLoss.totalCount,
    }),
    counter('keyturn_slow_hashes_total', 'Salted hashes made for keys from elsewhere.', {
      value: verifier.slowHashes.madeCount,
    }),
    counter('keyturn_hash_upgrades_total', 'Such hashes replaced by a SHA-256.', {
      value: verifier.upgrades.doneCount,
    }),
    counter('keyturn_usage_lost_total', 'Usage rows given up because the store was away.', {
      value: lost + flusher.lostRowCount,
    }),
  ];
}

/** Of guards in shadow; without one there is nothing to show. */
function comparisonSamples({ comparer }: Runtime): readonly MetricSample[] {
  const help = 'Checks beside an older check, by whether both decided alike.';
  return Object.entries(comparer.tally.totals).map(([outcome, value]) =>
    counter('keyturn_comparisons_total', help, { labels: { outcome }, value }),
  );
}

function cacheSamples({ verifier }: Runtime): readonly MetricSample[] {
  const { cache, negative } = verifier;
  return [
    gauge('keyturn_cache_secrets', 'Secrets in the warm cache.', cache.size),
    gauge('keyturn_cache_bytes', 'Bytes the warm cache counts for them.', cache.sizeBytes),
    gauge('keyturn_negative_cache_digests', 'Digests known to be unknown.', negative.size),
  ];
}

function fleetSamples({ freshness, feed, flusher }: Runtime): readonly MetricSample[] {
  const nowMs = freshness.nowMs();
  const ageSeconds = Math.max(0, nowMs - freshness.confirmedAt) / 1_000;
  const unflushedSeconds = Math.max(0, nowMs - flusher.flushedUntil) / 1_000;
  return [
    gauge('keyturn_cache_age_seconds', 'Time since the cache was proved true.', ageSeconds),
    gauge('keyturn_feed_sequence', 'The last change that was taken in.', feed.sequence),
    ...MODES.map((mode) => ({
      ...gauge('keyturn_store_mode', MODE_HELP, feed.standing.mode === mode ? 1 : 0),
      labels: { mode },
    })),
    gauge('keyturn_feed_failures', 'Polls that failed in a row.', feed.failureCount),
    gauge(
      'keyturn_usage_unflushed_seconds',
      'Age of the oldest unwritten count, but of who uses a secret as ever.',
      unflushedSeconds,
    ),
  ];
}

const OPEN_HELP = 'Open rotations of the whole database, by step; counted every 15 seconds.';
const ENDED_HELP = 'Rotations that this instance has ended, by outcome.';

function rotationSamples({ engine }: Runtime): readonly MetricSample[] {
  const { open, ended } = engine.tally;
  const ends = [...ended].map(([outcome, value]) =>
    counter('keyturn_rotations_ended_total', ENDED_HELP, { labels: { outcome }, value }),
  );
  if (open === undefined) return ends;
  return [
    // Every step, so that a series that has come to nothing says so.
    ...ROTATION_STEPS.map((step) => ({
      ...gauge('keyturn_rotations_open', OPEN_HELP, open.byStep.get(step) ?? 0),
      labels: { step },
    })),
    gauge(
      'keyturn_rotations_needing_operator',
      'Open rotations of the whole database in which a person has to decide.',
      open.needsOperator,
    ),
    gauge(
      'keyturn_rotations_past_policy',
      'Open rotations of the whole database that are past their deadline.',
      open.late,
    ),
    ...ends,
  ];
}

function gauge(name: string, help: string, value: number): MetricSample {
  return { name, kind: 'gauge', help, labels: NO_LABELS, value };
}

function counter(
  name: string,
  help: string,
  of: { readonly labels?: Readonly<Record<string, string>>; readonly value: number },
): MetricSample {
  return { name, kind: 'counter', help, labels: of.labels ?? NO_LABELS, value: of.value };
}
