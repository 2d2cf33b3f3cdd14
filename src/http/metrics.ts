import type { MetricSample } from '../standing-views.js';

/** The media type of the Prometheus text format, version 0.0.4. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const REQUESTS = 'keyturn_http_requests_total';
const REQUESTS_HELP = 'Requests over HTTP, by route and status.';

/** Counts answers by route and status: both are from closed lists, so it cannot grow. */
export class HttpCounters {
  readonly #counts = new Map<string, Map<number, number>>();

  count(route: string, status: number): void {
    let byStatus = this.#counts.get(route);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#counts.set(route, byStatus);
    }
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }

  samples(): readonly MetricSample[] {
    return [...this.#counts].flatMap(([route, byStatus]) =>
      [...byStatus].map(([status, value]) => ({
        name: REQUESTS,
        kind: 'counter' as const,
        help: REQUESTS_HELP,
        labels: { route, status: String(status) },
        value,
      })),
    );
  }
}

/** Samples in the Prometheus text format; those of one name stand together. */
export function metricsText(samples: readonly MetricSample[]): string {
  const byName = new Map<string, MetricSample[]>();
  for (const sample of samples) {
    const group = byName.get(sample.name);
    if (group === undefined) byName.set(sample.name, [sample]);
    else group.push(sample);
  }
  let text = '';
  for (const [name, group] of byName) {
    const [first] = group;
    if (first === undefined) continue;
    text += `# HELP ${name} ${escaped(first.help)}\n# TYPE ${name} ${first.kind}\n`;
    for (const sample of group) text += `${name}${labelsOf(sample)} ${sample.value}\n`;
  }
  return text;
}

function labelsOf({ labels }: MetricSample): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  const pairs = entries.map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
