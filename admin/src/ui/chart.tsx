import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { uiText } from '../messages/en/ui.js';
import css from './chart.module.css';

/**
 * One row of figures over the same places.
 * @public
 */
export interface Series {
  readonly label: string;
  readonly tone: 'first' | 'second' | 'third' | 'fourth' | 'bad';
  /** Null: there is none at this place. */
  readonly values: readonly (number | null)[];
}

/** Figures to be drawn. */
export interface ChartData {
  /** What each place along the axis is, in words. */
  readonly places: readonly string[];
  /** Of bars they stand on each other, the first lowest. */
  readonly series: readonly Series[];
  readonly as: 'bars' | 'line';
}

interface ChartProps extends ChartData {
  /** What it shows, in one sentence, for who cannot see it. */
  readonly label: string;
  /** What the places are: "Hour". */
  readonly placeName: string;
}

const Canvas = lazy(async () => ({ default: (await import('./chart-canvas.js')).ChartCanvas }));

/**
 * A picture of figures, and the figures themselves for who reads rather than looks. It is loaded once
 * it comes into view.
 * @public
 */
export function Chart({ label, placeName, ...data }: ChartProps) {
  const [isTable, setTable] = useState(false);
  return (
    <figure className={css['figure']}>
      <figcaption className={css['head']}>
        <Legend series={data.series} />
        <button type="button" className={css['turn']} onClick={() => setTable(!isTable)}>
          {isTable ? uiText.asPicture : uiText.asTable}
        </button>
      </figcaption>
      {isTable ? (
        <FigureTable label={label} placeName={placeName} {...data} />
      ) : (
        <div className={css['picture']} role="img" aria-label={label}>
          <OnceSeen>
            <Suspense fallback={null}>
              <Canvas {...data} />
            </Suspense>
          </OnceSeen>
        </div>
      )}
    </figure>
  );
}

function Legend({ series }: { readonly series: readonly Series[] }) {
  return (
    <ul className={css['legend']}>
      {series.map(({ label, tone }) => (
        <li key={label}>
          <span className={css['mark']} data-tone={tone} />
          {label}
        </li>
      ))}
    </ul>
  );
}

function FigureTable(props: ChartProps) {
  const { label, placeName, places, series } = props;
  return (
    <section className={css['table']} aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{placeName}</th>
            {series.map((one) => (
              <th key={one.label} scope="col">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((place, index) => (
            <tr key={place}>
              <th scope="row">{place}</th>
              {series.map((one) => (
                <td key={one.label}>{one.values[index]?.toLocaleString() ?? uiText.none}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function OnceSeen({ children }: { readonly children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return <div ref={place}>{isSeen && children}</div>;
}
