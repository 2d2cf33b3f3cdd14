import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useSignal } from '../state/signal.js';
import { theme } from '../theme/theme.js';

const HEIGHT_PX = 220;
const BAR_SHARE = 0.7; // Of the room that one has.
const MAX_BAR_PX = 28;
const MS_PER_SECOND = 1_000;
// Counts are whole.
const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
);

/**
 * One kind of what is counted.
 * @public
 */
export interface Series {
  readonly name: string;
  readonly color: 'chart-1' | 'chart-2' | 'chart-3' | 'chart-4';
  readonly counts: readonly number[];
}

/** What is drawn. */
export interface BarsProps {
  /** What it shows, in words. */
  readonly label: string;
  /** The start of each hour or day, as a number. */
  readonly timesMs: readonly number[];
  /** The lowest first. */
  readonly series: readonly Series[];
}

/** Draws counts over time. */
export function Bars({ timesMs, series }: BarsProps) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useSignal(theme);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours follow the theme.
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const plot = new uPlot(optionsOf(element, series), dataOf(timesMs, series), element);
    const sized = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    sized.observe(element);
    return () => {
      sized.disconnect();
      plot.destroy();
    };
  }, [timesMs, series, shown]);
  return <div ref={place} />;
}

function optionsOf(element: HTMLElement, series: readonly Series[]): uPlot.Options {
  const color = (name: string) => colorOf(element, name);
  const bars = uPlot.paths.bars?.({ size: [BAR_SHARE, MAX_BAR_PX], radius: 0.15 });
  const axis = { stroke: color('--text-faint'), grid: { stroke: color('--line'), width: 1 } };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, ticks: { show: false } },
      { ...axis, ticks: { show: false }, size: 44, incrs: WHOLE_STEPS },
    ],
    // What is drawn later covers what is under it: each is as high as all up to it.
    series: [
      {},
      ...series
        .map((one) => ({
          label: one.name,
          fill: color(`--${one.color}`),
          stroke: color(`--${one.color}`),
          width: 0,
          points: { show: false },
          ...(bars !== undefined && { paths: bars }),
        }))
        .toReversed(),
    ],
  };
}

function dataOf(timesMs: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  const seconds = timesMs.map((ms) => ms / MS_PER_SECOND);
  let below: readonly number[] = timesMs.map(() => 0);
  const sums = series.map(({ counts }) => {
    below = below.map((sum, index) => sum + (counts[index] ?? 0));
    return [...below];
  });
  return [seconds, ...sums.toReversed()];
}

/** A colour as a canvas takes it: it knows no `light-dark()`. */
function colorOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
