import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { Shell, textAt } from '../cli/command-line.js';
// Types what is injected.
import type {} from '../docs/built.js';
import { root } from '../docs/page.js';
import { comparedIn, looksBackIn, selectedIn } from './promql.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const OF_PROMETHEUS = ['job', 'instance']; // Labels that the scraper adds.
const text = readFileSync(join(root, 'deploy/grafana/keyturn.json'), 'utf8');
const panels: readonly Panel[] = JSON.parse(text).panels;
const rules: readonly {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations: { readonly summary: string; readonly next: string };
}[] = parse(readFileSync(join(root, 'deploy/prometheus/keyturn.rules.yml'), 'utf8')).groups[0]
  .rules;
const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Names of metrics, with the values of each label that a real server shows. */
const metrics = new Map<string, Map<string, Set<string>>>();
let shell: Shell;
beforeAll(async () => {
  shell = new Shell(join(inject('builtPackage'), 'dist/cli/main.js'));
  const { url } = await shell.serve();
  const args = ['--keyspace', 'keyturn', '--name', 'Prometheus', '--scope', 'metrics:read'];
  const created = await shell.process(['key', 'create', ...args, '--json']);
  const headers = { 'x-api-key': textAt(created.json(), 'plaintext') };
  await fetch(`${url}/v1/self`, { headers });
  const answer = await (await fetch(`${url}/metrics`, { headers })).text();
  for (const [, name = '', labels = ''] of answer.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = metrics.get(name) ?? new Map<string, Set<string>>();
    metrics.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
});
afterAll(() => shell.remove());

function expectKnown(expression: string): void {
  const selected = selectedIn(expression).filter(({ metric }) => metric !== 'up');
  for (const { metric, labels } of selected) {
    expect(metrics.has(metric), `${metric} in ${expression}`).toBe(true);
    for (const [label, value] of labels) {
      if (OF_PROMETHEUS.includes(label)) continue;
      const values = metrics.get(metric)?.get(label);
      expect(values, `${metric}{${label}} in ${expression}`).toBeDefined();
      if (label === 'mode') expect([...(values ?? [])]).toContain(value);
    }
  }
}

describe('the dashboard of Grafana', () => {
  test('a server has metrics at all', () => {
    expect(metrics.size).toBeGreaterThan(10);
    expect(metrics.get('keyturn_checks_total')?.has('outcome')).toBe(true);
  });

  test.each(shown)('asks for what a server tells: %s', (expression) => {
    expect(selectedIn(expression).length).toBeGreaterThan(0);
    expectKnown(expression);
  });

  test('names no other metric, in variables neither', () => {
    const named = [...text.matchAll(/keyturn_\w+/g)].map(([name]) => name);
    expect([...new Set(named)].filter((name) => !metrics.has(name))).toEqual([]);
  });

  test('shows every metric that there is', () => {
    const selected = new Set(shown.flatMap(selectedIn).map(({ metric }) => metric));
    expect([...metrics.keys()].filter((name) => !selected.has(name))).toEqual([]);
  });

  test('has its panels side by side, each with an id and a word of explanation', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, type, description, gridPos } of panels) {
      if (type !== 'row') expect(description, title).toMatch(/\.$/);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x}:${y}`), title).toBe(false);
          expect(x, title).toBeLessThan(24);
          taken.add(`${x}:${y}`);
        }
      }
    }
  });
});

function ruleOf(name: string) {
  const found = rules.find(({ alert }) => alert === name);
  if (found === undefined) throw new Error(`There is no alert ${name}.`);
  return found;
}

describe('the alerts', () => {
  test('compare with yesterday also where there was nothing yesterday', () => {
    const looks = rules.flatMap(({ expr }) => looksBackIn(expr));
    expect(looks.length).toBeGreaterThan(0);
    expect(looks).not.toContain(false);
  });

  test.each(rules.map(({ alert, expr }) => [alert, expr] as const))(
    '%s asks for what a server tells',
    (_alert, expression) => {
      expect(selectedIn(expression).length).toBeGreaterThan(0);
      expectKnown(expression);
    },
  );

  test('are those that the page lists, each when the page says', () => {
    const page = readFileSync(join(root, 'docs/operate/metrics.md'), 'utf8');
    const rows = page.split('\n').filter((line) => / `Keyturn\w+` \|$/.test(line));
    const cells = rows.map((row) => row.split(' | '));
    expect(cells.map((row) => row[3])).toEqual(rules.map(({ alert }) => `\`${alert}\` |`));
    for (const [index, { alert, expr, for: lasting }] of rules.entries()) {
      const [figure, , when = ''] = cells[index] ?? [];
      const [{ metric, labels } = { metric: '', labels: [] }] = selectedIn(expr);
      const own = labels.filter(([label]) => !OF_PROMETHEUS.includes(label));
      const chosen = own.map(([label, value]) => `{${label}="${value}"}`).join('');
      expect(figure, alert).toBe(`| \`${metric}${chosen}\``);
      const { condition, windows } = comparedIn(expr);
      const over = windows.length === 0 ? '' : ` in \`${windows.join()}\``;
      expect(when, alert).toContain(`\`${condition}\`${over}`);
      const waits = [...when.matchAll(/ for `(\w+)`/g)].map(([, one]) => one);
      expect(waits, alert).toEqual(lasting === undefined ? [] : [lasting]);
    }
  });

  test('say in words what they compare with', () => {
    const { expr, annotations } = ruleOf('KeyturnUnknownKeys');
    expect(comparedIn(expr).condition).toBe('> 10 * yesterday + 1');
    expect(annotations.summary).toMatch(/^Ten times as many unknown keys as yesterday/);
    const stale = ruleOf('KeyturnCacheStale');
    expect(comparedIn(stale.expr).condition).toBe(`> ${DEFAULT_STALENESS_MS / 1_000}`);
    expect(stale.annotations.summary).toContain(
      `${DEFAULT_STALENESS_MS / 1_000} s is the default bound`,
    );
  });

  test('each says what happened and what to do', () => {
    for (const { alert, annotations } of rules) {
      expect(annotations, alert).toEqual({
        summary: expect.stringMatching(/\w/),
        next: expect.stringMatching(/\w/),
      });
    }
  });

  test('a misspelt metric, and what is no PromQL, would be found', () => {
    expect(() => expectKnown('sum(rate(keyturn_check_total[5m]))')).toThrow(/keyturn_check_total/);
    expect(() => expectKnown('keyturn_checks_total{result="valid"}')).toThrow(/result/);
    expect(() => selectedIn('sum(rate(keyturn_checks_total[5m])')).toThrow(/No PromQL/);
  });
});
