import { useInfiniteQuery } from '@tanstack/react-query';
import type { EventItem } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { Button } from '../../ui/button.js';
import { Empty } from '../../ui/empty.js';
import { FaultNote } from '../../ui/fault-note.js';
import { type Column, Table } from '../../ui/table.js';
import { Time } from '../../ui/time.js';
import css from './key.module.css';
import { eventsQuery } from './queries.js';

const COLUMNS: readonly Column<EventItem>[] = [
  { id: 'type', title: text.event, cell: ({ type }) => <code>{type}</code> },
  {
    id: 'changes',
    title: text.changed,
    isWideOnly: true,
    cell: ({ changes, reason }) => (
      <span className={css['changes']}>
        {[changes.map(({ field }) => field).join(', '), reason].filter(Boolean).join(' · ')}
      </span>
    ),
  },
  { id: 'actor', title: text.actor, isWideOnly: true, cell: ({ actor }) => actor.id },
  { id: 'at', title: text.at, cell: ({ at }) => <Time at={at} /> },
];

/** What happened to a key. */
export function Events({ id }: { readonly id: string }) {
  const query = useInfiniteQuery(eventsQuery(id));
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  if (error !== null) return <FaultNote error={error} onRetry={() => void refetch()} />;
  const events = data?.pages.flatMap(({ items }) => items);
  if (events?.length === 0) {
    return <Empty icon="list" title={text.eventsNone} said={text.eventsNoneSaid} />;
  }
  return (
    <div className={css['stack']}>
      <Table
        label={text.tabs.events}
        columns={COLUMNS}
        rows={events}
        idOf={({ id: event }) => event}
        boneCount={5}
      />
      {hasNextPage && (
        <div>
          <Button onClick={() => void fetchNextPage()} isBusy={isFetchingNextPage}>
            {text.moreEvents}
          </Button>
        </div>
      )}
    </div>
  );
}
