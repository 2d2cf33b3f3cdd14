import { useQuery } from '@tanstack/react-query';
import type { ConsumerItem } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { uiText } from '../../messages/en/ui.js';
import { Empty } from '../../ui/empty.js';
import { FaultNote } from '../../ui/fault-note.js';
import { type Column, Table } from '../../ui/table.js';
import { Time } from '../../ui/time.js';
import css from './key.module.css';
import { consumersQuery } from './queries.js';

const COLUMNS: readonly Column<ConsumerItem>[] = [
  { id: 'label', title: text.consumer, cell: ({ label }) => label },
  {
    id: 'secret',
    title: text.consumerSecret,
    cell: ({ secrets }) => secretsOf(secrets).join(', ') || uiText.none,
  },
  {
    id: 'first',
    title: text.firstUsed,
    isWideOnly: true,
    cell: ({ firstUsedAt }) => <Time at={firstUsedAt} as="ago" />,
  },
  { id: 'last', title: text.lastUsed, cell: ({ lastUsedAt }) => <Time at={lastUsedAt} as="ago" /> },
];

/** Who calls with a key. */
export function Consumers({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(consumersQuery(id));
  if (error !== null) return <FaultNote error={error} onRetry={() => void refetch()} />;
  if (data?.items.length === 0) {
    return <Empty icon="user" title={text.consumersNone} said={text.consumersNoneSaid} />;
  }
  return (
    <div className={css['stack']}>
      <p>{text.consumersNoneSaid}</p>
      <Table
        label={text.tabs.consumers}
        columns={COLUMNS}
        rows={data?.items}
        idOf={({ id: consumer }) => consumer}
        boneCount={3}
      />
      {data?.isWhole === false && <p>{text.consumersMore}</p>}
    </div>
  );
}

/** Which secrets it was admitted with. */
function secretsOf(secrets: ConsumerItem['secrets']): readonly number[] {
  const admitted = secrets.filter(({ outcome }) => outcome === 'valid');
  return [...new Set(admitted.map(({ secret }) => secret))];
}
