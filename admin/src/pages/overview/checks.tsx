import { overviewText as text } from '../../messages/en/overview.js';
import { hourWords } from '../../time/words.js';
import { Chart } from '../../ui/chart.js';
import { Card } from '../../ui/page.js';
import { Bone } from '../../ui/skeleton.js';
import css from './page.module.css';
import type { Overview } from './query.js';

type Hours = NonNullable<Overview['checks']>['hours'];

const figures = new Intl.NumberFormat();
const rates = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 });

/** How often keys were checked, hour by hour, and why they were refused. */
export function Checks({ checks }: { readonly checks: Overview['checks'] | undefined }) {
  return (
    <Card title={text.checks}>
      {checks ? (
        <Figures hours={checks.hours} />
      ) : (
        <div className={css['empty']}>
          <Bone />
        </div>
      )}
    </Card>
  );
}

function Figures({ hours }: { readonly hours: Hours }) {
  const total = sumOf(hours.map((hour) => hour.total));
  if (total === 0) return <p className={css['empty']}>{text.noChecks}</p>;
  const valid = hours.map((hour) => hour.valid);
  const refused = hours.map((hour) => hour.total - hour.valid);
  const said = text.checksSaid(figures.format(total), figures.format(sumOf(refused)));
  return (
    <>
      <p className={css['figureLine']}>
        <span>{said}</span>
        <span>{text.perSecond(rates.format(hours.at(-1)?.perSecond ?? 0))}</span>
      </p>
      <Chart
        as="bars"
        label={text.checksChart}
        placeName={text.hour}
        places={hours.map(({ start }) => hourWords(start))}
        series={[
          { label: text.valid, tone: 'first', values: valid },
          { label: text.refused, tone: 'bad', values: refused },
        ]}
      />
      <Reasons hours={hours} />
    </>
  );
}

function Reasons({ hours }: { readonly hours: Hours }) {
  const sums = new Map<string, number>();
  for (const { refused } of hours) {
    for (const [code, count] of Object.entries(refused)) {
      sums.set(code, (sums.get(code) ?? 0) + Number(count));
    }
  }
  const rows = [...sums].toSorted(([, one], [, other]) => other - one);
  const most = rows[0]?.[1] ?? 1;
  return (
    <section className={css['reasons']}>
      <h3>{text.reasons}</h3>
      {rows.length === 0 && <p>{text.noReasons}</p>}
      {rows.map(([code, count]) => (
        <div key={code} className={css['reason']}>
          <code>{code}</code>
          <meter aria-label={code} min={0} max={most} value={count} />
          <span className={css['figure']}>{figures.format(count)}</span>
        </div>
      ))}
    </section>
  );
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
