import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Paging } from '../../app/paging.js';
import { auditText as text } from '../../messages/en/audit.js';
import { Button } from '../../ui/button.js';
import { Empty } from '../../ui/empty.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Page } from '../../ui/page.js';
import { Table } from '../../ui/table.js';
import { columns } from './columns.js';
import { ExportButton } from './export.js';
import { Filters } from './filters.js';
import { eventsQuery } from './queries.js';
import type { AuditSearch } from './search.js';
import { VerifyButton } from './verify.js';

const route = getRouteApi('/frame/audit');

/** The audit trail. */
export function AuditPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: AuditSearch) =>
    void navigate({
      search: (before) => ({ ...before, ...next, cursor: undefined }),
      replace: true,
    });
  const clear = () => void navigate({ search: {}, replace: true });
  const acts = (
    <>
      <VerifyButton keyspace={search.keyspace} />
      <ExportButton search={search} />
    </>
  );
  return (
    <Page title={text.title} said={text.said} acts={acts}>
      <Filters search={search} onChange={change} onClear={clear} />
      <List search={search} onClear={clear} />
    </Page>
  );
}

function List(props: { readonly search: AuditSearch; readonly onClear: () => void }) {
  const { search, onClear } = props;
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery({
    ...eventsQuery(search),
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <FaultNote error={error} onRetry={() => void refetch()} />;
  if (data?.items.length === 0) return <Nothing search={search} onClear={onClear} />;
  const count = data?.items.length ?? 0;
  const nextCursor = data?.nextCursor ?? null;
  return (
    <>
      <Table label={text.list} columns={columns} rows={data?.items} idOf={({ id }) => id} />
      <Paging
        said={nextCursor === null ? text.shown(count) : text.shownMore(count)}
        cursor={search.cursor}
        nextCursor={nextCursor}
        onGo={(cursor, state) =>
          void navigate({ search: (before) => ({ ...before, cursor }), state, resetScroll: true })
        }
      />
    </>
  );
}

function Nothing(props: { readonly search: AuditSearch; readonly onClear: () => void }) {
  const isNarrowed = Object.values(props.search).some((value) => value !== undefined);
  if (!isNarrowed) return <Empty icon="list" title={text.empty} said={text.emptySaid} />;
  const acts = <Button onClick={props.onClear}>{text.clear}</Button>;
  return <Empty icon="search" title={text.none} said={text.noneSaid} acts={acts} />;
}
