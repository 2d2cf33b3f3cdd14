import { overviewText as text } from '../../messages/en/overview.js';
import { Chart } from '../../ui/chart.js';
import { Card } from '../../ui/page.js';
import css from './page.module.css';
import type { Overview } from './query.js';

/** How old the secrets are that are in use. */
export function Ages({ keys }: { readonly keys: Overview['keys'] | undefined }) {
  const buckets = keys?.secretAges ?? [];
  const isNone = buckets.every(({ count }) => count === 0);
  return (
    <Card title={text.ages}>
      {isNone ? (
        <p className={css['empty']}>{keys === undefined ? '' : text.noSecrets}</p>
      ) : (
        <Chart
          as="bars"
          label={text.agesChart}
          placeName={text.age}
          places={buckets.map(({ fromDays, toDays }) => text.days(fromDays, toDays))}
          series={[
            { label: text.secrets, tone: 'third', values: buckets.map(({ count }) => count) },
          ]}
        />
      )}
    </Card>
  );
}
