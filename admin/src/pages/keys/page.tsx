import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback } from 'react';
import { Paging } from '../../app/paging.js';
import { keysText as text } from '../../messages/en/keys.js';
import { useCan } from '../../session/use-session.js';
import { Button, buttonClass } from '../../ui/button.js';
import { Empty } from '../../ui/empty.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Icon } from '../../ui/icon.js';
import { Page } from '../../ui/page.js';
import { Table } from '../../ui/table.js';
import { BulkBar } from './bulk-bar.js';
import { columnsOf } from './columns.js';
import { Filters, isNarrowed } from './filters.js';
import { keysQuery } from './queries.js';
import type { KeysSearch } from './search.js';
import { useSelection } from './selection.js';

const route = getRouteApi('/frame/keys');

/** The list of keys. */
export function KeysPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (next: KeysSearch) =>
      void navigate({
        search: (before) => ({ ...before, ...next, cursor: undefined }),
        replace: true,
      }),
    [navigate],
  );
  const clear = () => void navigate({ search: {}, replace: true });
  return (
    <Page title={text.title} said={text.said} acts={<CreateLink />}>
      <Filters search={search} onChange={change} onClear={clear} />
      <List search={search} onChange={change} onClear={clear} />
    </Page>
  );
}

function CreateLink() {
  const can = useCan();
  if (!can('keys:write')) return null;
  return (
    <Link to="/keys/new" className={buttonClass('main')}>
      <Icon name="plus" />
      {text.create}
    </Link>
  );
}

interface ListProps {
  readonly search: KeysSearch;
  readonly onChange: (change: KeysSearch) => void;
  readonly onClear: () => void;
}

function List({ search, onChange, onClear }: ListProps) {
  const { data, error, refetch } = useQuery({
    ...keysQuery(search),
    placeholderData: keepPreviousData,
  });
  const selection = useSelection();
  const navigate = route.useNavigate();
  const can = useCan();
  const canAct = can('keys:write'); // What the route of many keys takes at least.
  if (error !== null) return <FaultNote error={error} onRetry={() => void refetch()} />;
  if (data?.items.length === 0) return <Nothing search={search} onClear={onClear} />;
  const keys = data?.items ?? [];
  const nextCursor = data?.nextCursor ?? null;
  return (
    <>
      <Table
        label={text.list}
        columns={columnsOf({ keys, selection: canAct ? selection : undefined, search, onChange })}
        rows={data?.items}
        idOf={({ id }) => id}
        isSelected={({ id }) => selection.ids.has(id)}
      />
      {canAct && <BulkBar selection={selection} />}
      <Paging
        said={nextCursor === null ? text.shown(keys.length) : text.shownMore(keys.length)}
        cursor={search.cursor}
        nextCursor={nextCursor}
        onGo={(cursor, state) =>
          void navigate({ search: (before) => ({ ...before, cursor }), state, resetScroll: true })
        }
      />
    </>
  );
}

function Nothing({ search, onClear }: Omit<ListProps, 'onChange'>) {
  const can = useCan();
  if (isNarrowed(search)) {
    const acts = <Button onClick={onClear}>{text.clear}</Button>;
    return <Empty icon="search" title={text.noneFound} said={text.noneFoundSaid} acts={acts} />;
  }
  const said = can('keys:write') ? text.emptySaid : text.emptyRead;
  return <Empty icon="key" title={text.empty} said={said} acts={<CreateLink />} />;
}
