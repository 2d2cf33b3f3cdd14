import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { outcomeWords, keyText as text } from '../../messages/en/key.js';
import { useNowMs } from '../../time/clock.js';
import { Chart } from '../../ui/chart.js';
import { Empty } from '../../ui/empty.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Select } from '../../ui/field.js';
import { Card } from '../../ui/page.js';
import { Bone, Loading } from '../../ui/skeleton.js';
import { Table } from '../../ui/table.js';
import { bucketsOf } from './buckets.js';
import css from './key.module.css';
import { usageQuery } from './queries.js';

const PERIODS = [
  { value: 'hour', label: text.usageHours },
  { value: 'day', label: text.usageDays },
];
const COLUMNS = [
  {
    id: 'outcome',
    title: text.outcome,
    cell: ([name]: readonly [string, number]) => outcomeWords(name) ?? <code>{name}</code>,
  },
  {
    id: 'checks',
    title: text.checks,
    isFigure: true,
    cell: ([, count]: readonly [string, number]) => count.toLocaleString('en'),
  },
];

/** How often a key was checked, and what came of it. */
export function Usage({ id }: { readonly id: string }) {
  const [per, setPer] = useState<'hour' | 'day'>('hour');
  const { data, error, refetch } = useQuery(usageQuery(id, per));
  const nowMs = useNowMs();
  const buckets = useMemo(() => data && bucketsOf(data.items, per, nowMs), [data, per, nowMs]);
  if (error !== null) return <FaultNote error={error} onRetry={() => void refetch()} />;
  const choice = (
    <div className={css['choice']}>
      <Select
        aria-label={text.usagePer}
        options={PERIODS}
        value={per}
        onChange={({ target }) => setPer(target.value === 'day' ? 'day' : 'hour')}
      />
    </div>
  );
  return (
    <div className={css['stack']}>
      <Card title={text.usage} acts={choice}>
        {buckets === undefined ? <Bones /> : <Drawn buckets={buckets} per={per} />}
      </Card>
      {buckets !== undefined && buckets.outcomes.length > 0 && (
        <Table
          label={text.outcome}
          columns={COLUMNS}
          rows={buckets.outcomes}
          idOf={([name]) => name}
        />
      )}
    </div>
  );
}

interface DrawnProps {
  readonly buckets: ReturnType<typeof bucketsOf>;
  readonly per: 'hour' | 'day';
}

function Drawn({ buckets, per }: DrawnProps) {
  const { places, series, valid, refused } = buckets;
  if (valid + refused === 0) {
    return <Empty icon="gauge" title={text.usageNone} said={text.usageNoneSaid} />;
  }
  const words = text.usageSaid(valid, refused);
  return (
    <div className={css['stack']}>
      <p>{words}</p>
      <Chart
        label={words}
        placeName={text.usagePlaces[per]}
        places={places}
        series={series}
        as="bars"
      />
    </div>
  );
}

function Bones() {
  return (
    <>
      <Loading />
      <Bone size="middle" />
    </>
  );
}
