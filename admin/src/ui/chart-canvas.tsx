import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { onThemeChange } from '../theme/theme.js';
import type { ChartData, Series } from './chart.js';
import css from './chart.module.css';

const HEIGHT = 192; // The picture's, in px.
const LABEL_WIDTH = 76; // px; closer, and the words along the axis run into each other.
const COLORS: Readonly<Record<Series['tone'], string>> = {
  first: '--chart-1',
  second: '--chart-2',
  third: '--chart-3',
  fourth: '--chart-4',
  bad: '--bad',
};

/** Draws the figures, as wide as there is room, in the colours of the moment. */
export function ChartCanvas(data: ChartData) {
  const place = useRef<HTMLDivElement>(null);
  const said = JSON.stringify(data);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const read: ChartData = JSON.parse(said);
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(optionsOf(read, element), tableOf(read), element);
    };
    draw();
    const observer = new ResizeObserver(() => {
      if (plot !== undefined && plot.width !== element.clientWidth) {
        plot.setSize({ width: element.clientWidth, height: HEIGHT });
      }
    });
    observer.observe(element);
    const stop = onThemeChange(draw);
    return () => {
      stop();
      observer.disconnect();
      plot?.destroy();
    };
  }, [said]);
  return <div ref={place} className={css['canvas']} />;
}

/** Bars that stand on each other are drawn from the highest sum down. */
function tableOf({ places, series, as }: ChartData): uPlot.AlignedData {
  const indexes = places.map((_, index) => index);
  if (as === 'line') return [indexes, ...series.map(({ values }) => [...values])];
  const sums = series.map((_, end) =>
    indexes.map((at) =>
      series.slice(0, end + 1).reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
    ),
  );
  return [indexes, ...sums.reverse()];
}

function optionsOf({ places, series, as }: ChartData, element: HTMLElement): uPlot.Options {
  const colorOf = colorsOf(element);
  const { fontFamily } = getComputedStyle(element);
  const axis = { stroke: colorOf('--text-faint'), font: `11px ${fontFamily}` };
  const grid = { stroke: colorOf('--line'), width: 1 };
  const drawn = as === 'bars' ? series.toReversed() : series;
  const bars = uPlot.paths.bars?.({ size: [0.72, 48], radius: 0.12 });
  const look = as === 'bars' && bars !== undefined ? { paths: bars } : {};
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: false, range: [-0.6, places.length - 0.4] },
      y: { range: (_plot, _min, max) => [0, Math.max(max * 1.08, 1)] },
    },
    axes: [
      {
        ...axis,
        space: LABEL_WIDTH,
        grid: { show: false },
        ticks: { show: false },
        incrs: [1, 2, 3, 4, 6, 12, 24, 48],
        values: (_plot, splits) => splits.map((at) => places[at] ?? ''),
      },
      {
        ...axis,
        grid,
        ticks: { show: false },
        size: 44,
        values: (_plot, splits) => splits.map(short),
      },
    ],
    series: [
      {},
      ...drawn.map(({ label, tone }) => {
        const color = colorOf(COLORS[tone]);
        const line = as === 'line' ? { stroke: color, width: 2 } : { fill: color, width: 0 };
        return { label, points: { show: false }, ...line, ...look };
      }),
    ],
  };
}

/** A canvas knows no variables: an element tells what they stand for in the theme of the moment. */
function colorsOf(element: HTMLElement): (name: string) => string {
  return (name) => {
    element.style.color = `var(${name})`;
    const { color } = getComputedStyle(element);
    element.style.removeProperty('color');
    return color;
  };
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact' });

function short(value: number): string {
  return Number.isInteger(value) ? compact.format(value) : '';
}
