import { lazy, Suspense } from 'react';
import type { BarsProps } from './bars.js';
import css from './chart.module.css';

const Bars = lazy(() => import('./bars.js').then(({ Bars: found }) => ({ default: found })));

/**
 * Counts over time, one colour upon another. What draws it is loaded when it is first shown; give
 * the figures in words beside it, for who cannot see it.
 * @public
 */
export function BarChart(props: BarsProps) {
  return (
    <div className={css['chart']} role="img" aria-label={props.label}>
      <Suspense fallback={null}>
        <Bars {...props} />
      </Suspense>
    </div>
  );
}
