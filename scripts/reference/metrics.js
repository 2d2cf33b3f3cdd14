// docs/reference/metrics.md, from what a Keyturn says at GET /metrics.
import { built } from './built.js';
import { code, pageHead, paragraphs, table } from './markdown.js';

const RULES = `\`GET /metrics\` answers the Prometheus text format, for a management key with the scope
\`metrics:read\` that is bound to no keyspace. In a library, \`keyturn.metrics()\` answers the same samples,
but those of HTTP. Figures are of one instance, since its start, unless a row says otherwise.`;

const HEAD = /^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm;
const SAMPLE = /^([a-z_]+)\{(.*)\} \S+$/gm;

/** @typedef {{ name: string, kind: string, help: string, labels: Set<string> }} Metric */

/**
 * @returns {Promise<string>}
 * @public
 */
export async function metricsReference() {
  const metrics = metricsIn(await scrape());
  const head = pageHead({
    title: 'Metrics',
    source: 'the answer of GET /metrics',
    promise: 'After reading this you can say what each metric counts, and which labels it has.',
  });
  const rows = metrics.map(({ name, kind, help, labels }) => [
    code(name),
    kind,
    [...labels].map(code).join(', '),
    help,
  ]);
  return paragraphs(head, RULES, table(['Name', 'Kind', 'Labels', 'What'], rows));
}

/** @returns {Promise<string>} the answer of a Keyturn in memory that has made a check */
async function scrape() {
  /** @type {typeof import('../../src/index.js')} */
  const { createKeyturn } = await built('index.js');
  const keyturn = await createKeyturn({ database: 'memory:' });
  const { plaintext } = await keyturn.keys.create({
    keyspace: 'keyturn',
    name: 'metrics',
    scopes: ['metrics:read'],
  });
  const request = () =>
    new Request('http://localhost/metrics', { headers: { 'x-api-key': plaintext } });
  await keyturn.handler(request()); // The second answer counts the first request.
  const answer = await keyturn.handler(request());
  await keyturn.close();
  return answer.text();
}

/** @param {string} text @returns {readonly Metric[]} */
function metricsIn(text) {
  /** @type {Map<string, Metric>} */
  const metrics = new Map();
  for (const [, name = '', help = '', kind = ''] of text.matchAll(HEAD)) {
    metrics.set(name, { name, help, kind, labels: new Set() });
  }
  for (const [, name = '', labels = ''] of text.matchAll(SAMPLE)) {
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) metrics.get(name)?.labels.add(label);
  }
  return [...metrics.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
