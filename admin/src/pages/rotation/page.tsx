import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Rotation } from '../../api/types.js';
import { rotationText as text } from '../../messages/en/rotation.js';
import { withLocalTimes } from '../../time/words.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Icon } from '../../ui/icon.js';
import { backClass, Card, Page } from '../../ui/page.js';
import { Bone, Loading } from '../../ui/skeleton.js';
import { keyQuery } from '../key/queries.js';
import { Acts } from './acts.js';
import { Consumers } from './consumers.js';
import { Evidence } from './evidence.js';
import { Phases } from './phases.js';
import { rotationQuery } from './queries.js';
import { Brownouts, Places, Receipt, RotationFacts } from './records.js';
import css from './rotation.module.css';
import { RotationState } from './rotation-state.js';

const route = getRouteApi('/frame/rotations/$id');

/** One replacement of a secret: where it is, what it waits for, and what can be done. */
export function RotationPage() {
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(rotationQuery(id));
  if (data !== undefined) return <Shown rotation={data} />;
  return (
    <Page title={text.short}>
      {error === null ? <Bones /> : <FaultNote error={error} onRetry={() => void refetch()} />}
    </Page>
  );
}

function Shown({ rotation }: { readonly rotation: Rotation }) {
  const { data: keyShown } = useQuery(keyQuery(rotation.key));
  const back = (
    <Link to="/keys/$id" params={{ id: rotation.key }} className={backClass}>
      <Icon name="chevronLeft" size={14} />
      {keyShown?.name ?? text.backToKey}
    </Link>
  );
  return (
    <Page
      title={keyShown === undefined ? text.short : text.title(keyShown.name)}
      beside={<RotationState state={rotation.state} />}
      back={back}
    >
      {rotation.asks !== null && <Asks asks={rotation.asks} />}
      <Phases rotation={rotation} />
      <div className={css['two']}>
        <div className={css['stack']}>
          <Evidence evidence={rotation.evidence} />
          <Consumers rotation={rotation} />
          <Places destinations={rotation.destinations} />
          <Brownouts rotation={rotation} />
          <Receipt receipt={rotation.receipt} />
        </div>
        <div className={css['stack']}>
          <Acts rotation={rotation} />
          <RotationFacts rotation={rotation} />
        </div>
      </div>
    </Page>
  );
}

function Asks({ asks }: { readonly asks: string }) {
  return (
    <div className={css['asks']} role="status">
      <Icon name="alert" />
      <div>
        <p className={css['asksTitle']}>{text.asks}</p>
        <p>{withLocalTimes(asks)}</p>
      </div>
    </div>
  );
}

function Bones() {
  return (
    <Card>
      <Loading />
      <Bone size="short" />
      <Bone />
      <Bone size="middle" />
    </Card>
  );
}
