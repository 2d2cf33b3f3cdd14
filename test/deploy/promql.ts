import { parser } from '@prometheus-io/lezer-promql';

/** A series that an expression selects. */
export interface Selected {
  readonly metric: string;
  /** Names of labels, with the value where it has to be equal to one. */
  readonly labels: readonly (readonly [string, string | undefined])[];
}

const VARIABLES = { $__rate_interval: '5m' }; // Grafana puts them in; inside quotes they are text.

/** Every series that a PromQL expression selects. @throws {Error} it is no PromQL. */
export function selectedIn(expression: string): readonly Selected[] {
  let text = expression;
  for (const [name, value] of Object.entries(VARIABLES)) text = text.replaceAll(name, value);
  const selected: { metric: string; labels: [string, string | undefined][] }[] = [];
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`No PromQL at ${from}: ${expression}`);
      const here = text.slice(from, to);
      const parent = node.parent?.name;
      if (type.name === 'Identifier' && parent === 'VectorSelector') {
        selected.push({ metric: here, labels: [] });
      }
      if (type.name !== 'UnquotedLabelMatcher') return;
      const [, label = '', operator, value] = /^(\w+)\s*([=!~]+)\s*"(.*)"$/.exec(here) ?? [];
      selected.at(-1)?.labels.push([label, operator === '=' ? value : undefined]);
    },
  });
  return selected;
}

/** Of each part that looks back in time: whether it has a value where there was no series yet. */
export function looksBackIn(expression: string): readonly boolean[] {
  const found: boolean[] = [];
  parser.parse(expression).iterate({
    enter({ type, node }) {
      if (type.name !== 'OffsetExpr') return;
      let isAlwaysThere = false;
      for (let outer = node.parent; outer !== null; outer = outer.parent) {
        const text = expression.slice(outer.from, outer.to);
        isAlwaysThere ||= outer.name === 'BinaryExpr' && text.endsWith(' or vector(0)');
      }
      found.push(isAlwaysThere);
    },
  });
  return found;
}

/** What an alert's expression compares: `> 10 * yesterday + 1`, and over which windows of time. */
export function comparedIn(expression: string): {
  readonly condition: string;
  readonly windows: readonly string[];
} {
  const outermost = parser.parse(expression).topNode.firstChild;
  const [left, operator, right] = [
    outermost?.firstChild,
    outermost?.firstChild?.nextSibling,
    outermost?.lastChild,
  ];
  if (!left || !operator || !right) throw new Error(`No comparison: ${expression}`);
  // What was the day before stands in parentheses of its own.
  const limit = expression.slice(right.from, right.to).replace(/\(.*offset 1d.*\)/s, 'yesterday');
  const windows = [...expression.matchAll(/\[(\w+)\]/g)].map(([, window = '']) => window);
  const condition = `${expression.slice(operator.from, operator.to)} ${limit}`;
  return { condition, windows: [...new Set(windows)] };
}
