import { useQuery } from '@tanstack/react-query';
import type { RotationItem } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { Empty } from '../../ui/empty.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Table } from '../../ui/table.js';
import { Time } from '../../ui/time.js';
import css from './key.module.css';
import { rotationsQuery } from './queries.js';

type Consumer = RotationItem['consumers'][number];

const COLUMNS = [
  { id: 'label', title: text.consumer, cell: ({ label }: Consumer) => label },
  {
    id: 'used',
    title: text.lastUsed,
    cell: ({ lastUsedNewAt, lastUsedOldAt }: Consumer) => (
      <Time at={laterOf(lastUsedNewAt, lastUsedOldAt)} as="ago" />
    ),
  },
];

/** Who calls with a key. */
export function Consumers({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(rotationsQuery(id));
  if (error !== null) return <FaultNote error={error} onRetry={() => void refetch()} />;
  const consumers = data?.items[0]?.consumers;
  if (data !== undefined && (consumers === undefined || consumers.length === 0)) {
    return <Empty icon="user" title={text.consumersNone} said={text.consumersNoneSaid} />;
  }
  return (
    <div className={css['stack']}>
      <p>{text.consumersFromRotation}</p>
      <Table
        label={text.tabs.consumers}
        columns={COLUMNS}
        rows={consumers}
        idOf={({ id: consumer }) => consumer}
        boneCount={3}
      />
    </div>
  );
}

function laterOf(left: string | null, right: string | null): string | null {
  if (left === null) return right;
  return right === null || left > right ? left : right;
}
