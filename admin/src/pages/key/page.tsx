import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Key } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { useCan } from '../../session/use-session.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Icon } from '../../ui/icon.js';
import { backClass, Card, Page } from '../../ui/page.js';
import { Bone, Loading } from '../../ui/skeleton.js';
import { Tabs } from '../../ui/tabs.js';
import { KeyState } from '../keys/key-state.js';
import { Acts } from './acts.js';
import { Consumers } from './consumers.js';
import { Events } from './events.js';
import { KeyFacts } from './key-facts.js';
import { Notes } from './notes.js';
import { keyQuery } from './queries.js';
import { TABS } from './search.js';
import { Secrets } from './secrets.js';
import { Snippets } from './snippets.js';
import { Usage } from './usage.js';

const route = getRouteApi('/frame/keys/$id');

/** One key: what it is, how it is used, and what can be done with it. */
export function KeyPage() {
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(keyQuery(id));
  if (data !== undefined) return <Shown keyShown={data} />;
  return (
    <Page title={id} back={<Back />}>
      {error === null ? <Bones /> : <FaultNote error={error} onRetry={() => void refetch()} />}
    </Page>
  );
}

function Shown({ keyShown }: { readonly keyShown: Key }) {
  const { tab = 'facts' } = route.useSearch();
  const navigate = route.useNavigate();
  const can = useCan();
  const views: Readonly<Record<(typeof TABS)[number], () => ReactNode>> = {
    facts: () => <Facts keyShown={keyShown} />,
    usage: () => <Usage id={keyShown.id} />,
    consumers: () => <Consumers id={keyShown.id} />,
    events: () => <Events id={keyShown.id} />,
    use: () => <Snippets keyShown={keyShown} />,
  };
  const needs: Readonly<Partial<Record<(typeof TABS)[number], string>>> = {
    usage: 'usage:read',
    events: 'events:read',
    consumers: 'usage:read',
  };
  const tabs = TABS.filter((one) => can(needs[one] ?? 'keys:read')).map((value) => ({
    value,
    label: text.tabs[value],
    show: views[value],
  }));
  const choose = (next: string) =>
    void navigate({ search: { tab: TABS.find((one) => one === next) }, replace: true });
  return (
    <Page
      title={keyShown.name}
      beside={<KeyState keyShown={keyShown} />}
      back={<Back />}
      acts={<Acts keyShown={keyShown} />}
    >
      <Notes keyShown={keyShown} />
      <Tabs value={tab} onChange={choose} tabs={tabs} />
    </Page>
  );
}

function Facts({ keyShown }: { readonly keyShown: Key }) {
  return (
    <>
      <Secrets keyShown={keyShown} />
      <br />
      <Card title={text.facts}>
        <KeyFacts keyShown={keyShown} />
      </Card>
    </>
  );
}

function Back() {
  return (
    <Link to="/keys" className={backClass}>
      <Icon name="chevronLeft" size={14} />
      {text.back}
    </Link>
  );
}

function Bones() {
  return (
    <Card>
      <Loading />
      <Bone size="short" />
      <Bone size="middle" />
      <Bone size="middle" />
    </Card>
  );
}
