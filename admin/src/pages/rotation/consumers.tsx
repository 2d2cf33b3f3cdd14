import type { Rotation } from '../../api/types.js';
import { rotationText as text } from '../../messages/en/rotation.js';
import { Badge, type Tone } from '../../ui/badge.js';
import { Card } from '../../ui/page.js';
import { type Column, Table } from '../../ui/table.js';
import { Time } from '../../ui/time.js';
import css from './rotation.module.css';

type Consumer = Rotation['consumers'][number];

const TONES: Readonly<Record<Consumer['where'], Tone>> = {
  moved: 'good',
  both: 'info',
  not_moved: 'warn',
  unconfirmed: 'info',
  cannot_tell: 'info',
  waived: 'mute',
};

const COLUMNS: readonly Column<Consumer>[] = [
  { id: 'label', title: text.columns.consumer, cell: ({ label }) => label },
  {
    id: 'where',
    title: text.columns.where,
    cell: ({ where }) => <Badge tone={TONES[where]}>{text.where[where]}</Badge>,
  },
  {
    id: 'old',
    title: text.columns.old,
    isWideOnly: true,
    cell: ({ lastUsedOldAt }) => <Time at={lastUsedOldAt} as="ago" />,
  },
  {
    id: 'new',
    title: text.columns.new,
    isWideOnly: true,
    cell: ({ lastUsedNewAt }) => <Time at={lastUsedNewAt} as="ago" />,
  },
];

/** Who has moved, and who has not. */
export function Consumers({ rotation }: { readonly rotation: Rotation }) {
  const { consumers, strangerCount } = rotation;
  if (consumers.length === 0) {
    return (
      <Card title={text.consumers}>
        <p>{text.consumersNone}</p>
      </Card>
    );
  }
  return (
    <div className={css['stack']}>
      <h2>{text.consumers}</h2>
      <Table label={text.consumers} columns={COLUMNS} rows={consumers} idOf={({ id }) => id} />
      {strangerCount > 0 && <p>{text.strangers(strangerCount)}</p>}
    </div>
  );
}
