import type { Series } from './bars.js';
import css from './chart.module.css';

/**
 * Which colour is what.
 * @public
 */
export function Legend({ series }: { readonly series: readonly Series[] }) {
  return (
    <ul className={css['legend']}>
      {series.map(({ name, color }) => (
        <li key={name} className={css['entry']}>
          <span className={css['swatch']} data-color={color} />
          {name}
        </li>
      ))}
    </ul>
  );
}
