import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { keyspacesQuery } from '../../api/keyspaces.js';
import { overviewText as text } from '../../messages/en/overview.js';
import { useCan } from '../../session/use-session.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Select } from '../../ui/field.js';
import { Page } from '../../ui/page.js';
import { Time } from '../../ui/time.js';
import { Ages } from './ages.js';
import { Checks } from './checks.js';
import { CohortCard } from './cohort.js';
import { Needs } from './needs.js';
import css from './page.module.css';
import { overviewQuery } from './query.js';

const route = getRouteApi('/frame/overview');

/** What needs a person now, and how things are. */
export function OverviewPage() {
  const { keyspace } = route.useSearch();
  const { data, error, refetch } = useQuery(overviewQuery(keyspace));
  const countedAt = data?.rotations?.countedAt ?? data?.keys?.countedAt;
  const said = countedAt !== undefined && (
    <>
      {text.countedAt} <Time at={countedAt} as="ago" />
    </>
  );
  return (
    <Page title={text.title} said={said || ' '} acts={<KeyspaceChoice chosen={keyspace} />}>
      {error !== null && <FaultNote error={error} onRetry={() => void refetch()} />}
      <Needs overview={data} />
      <div className={css['grid']}>
        {data?.checks !== null && <Checks checks={data?.checks ?? undefined} />}
        {data?.rotations !== null && <CohortCard rotations={data?.rotations ?? undefined} />}
        {(data === undefined || data.keys !== null) && <Ages keys={data?.keys ?? undefined} />}
      </div>
    </Page>
  );
}

function KeyspaceChoice({ chosen }: { readonly chosen: string | undefined }) {
  const navigate = route.useNavigate();
  const can = useCan();
  const { data } = useQuery({ ...keyspacesQuery, enabled: can('keyspaces:read') });
  const options = [
    { value: '', label: text.everyKeyspace },
    ...(data?.items ?? []).map(({ name }) => ({ value: name, label: name })),
  ];
  if (options.length < 3 && chosen === undefined) return null;
  return (
    <Select
      aria-label={text.keyspace}
      options={options}
      value={chosen ?? ''}
      onChange={({ target }) => void navigate({ search: { keyspace: target.value || undefined } })}
    />
  );
}
