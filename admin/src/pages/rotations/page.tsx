import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { api, said } from '../../api/client.js';
import type { RotationItem } from '../../api/types.js';
import { Paging } from '../../app/paging.js';
import { rotationText as text } from '../../messages/en/rotation.js';
import { Empty } from '../../ui/empty.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Check } from '../../ui/field.js';
import { Page } from '../../ui/page.js';
import { type Column, Table } from '../../ui/table.js';
import { Time } from '../../ui/time.js';
import { keyQuery } from '../key/queries.js';
import { RotationState } from '../rotation/rotation-state.js';
import type { RotationsSearch } from './search.js';

const PAGE_SIZE = 25; // Each row asks for its key's name.
const route = getRouteApi('/frame/rotations');

const COLUMNS: readonly Column<RotationItem>[] = [
  {
    id: 'key',
    title: text.listKey,
    cell: ({ id, key }) => (
      <Link to="/rotations/$id" params={{ id }}>
        <KeyName id={key} />
      </Link>
    ),
  },
  { id: 'phase', title: text.listPhase, cell: ({ phase }) => text.phases[phase] },
  { id: 'state', title: text.listState, cell: ({ state }) => <RotationState state={state} /> },
  {
    id: 'deadline',
    title: text.listDeadline,
    isWideOnly: true,
    cell: ({ deadline }) => <Time at={deadline} as="ago" otherwise={text.noDeadline} />,
  },
  {
    id: 'begun',
    title: text.listBegun,
    isWideOnly: true,
    cell: ({ createdAt }) => <Time at={createdAt} as="ago" />,
  },
];

/** Every replacement of a secret, the newest first. */
export function RotationsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery({
    ...listQuery(search),
    placeholderData: keepPreviousData,
  });
  const choice = (
    <Check
      label={text.onlyOpen}
      checked={search.which === undefined}
      onChange={({ target }) =>
        void navigate({ search: target.checked ? {} : { which: 'all' }, replace: true })
      }
    />
  );
  if (error !== null) {
    return (
      <Page title={text.list} said={text.listSaid}>
        <FaultNote error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  const count = data?.items.length;
  return (
    <Page title={text.list} said={text.listSaid} acts={choice}>
      {count === 0 ? (
        <Empty icon="rotate" title={text.listNone} said={text.listNoneSaid} />
      ) : (
        <>
          <Table label={text.list} columns={COLUMNS} rows={data?.items} idOf={({ id }) => id} />
          <Paging
            said={text.shown(count ?? 0)}
            cursor={search.cursor}
            nextCursor={data?.nextCursor ?? null}
            onGo={(cursor, state) =>
              void navigate({ search: (before) => ({ ...before, cursor }), state })
            }
          />
        </>
      )}
    </Page>
  );
}

function KeyName({ id }: { readonly id: string }) {
  const { data } = useQuery(keyQuery(id));
  return data?.name ?? id;
}

function listQuery({ which, cursor }: RotationsSearch) {
  const isOpen = which === undefined ? { open: true } : {};
  const query = { ...isOpen, ...(cursor !== undefined && { cursor }), limit: PAGE_SIZE };
  return queryOptions({
    queryKey: ['rotations', 'list', query],
    queryFn: ({ signal }) => said(api.GET('/v1/rotations', { params: { query }, signal })),
  });
}
