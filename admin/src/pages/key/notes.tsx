import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Key } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { uiText } from '../../messages/en/ui.js';
import { useCan } from '../../session/use-session.js';
import { buttonClass } from '../../ui/button.js';
import { Icon } from '../../ui/icon.js';
import { names } from '../../ui/names.js';
import { Time } from '../../ui/time.js';
import css from './key.module.css';
import { rotationsQuery } from './queries.js';

/** What is to be known of a key before anything else. */
export function Notes({ keyShown }: { readonly keyShown: Key }) {
  const can = useCan();
  return (
    <>
      {can('rotations:read') && <OpenRotation id={keyShown.id} />}
      {keyShown.pastPolicySince !== null && (
        <div className={names(css['note'], css['noteWarn'])} role="status">
          <Icon name="clock" />
          <div className={css['noteWords']}>
            <p className={css['noteTitle']}>{text.past}</p>
            <p>
              {text.since} <Time at={keyShown.pastPolicySince} />
              {uiText.dot}
              {text.pastSaid}
            </p>
          </div>
        </div>
      )}
    </>
  );
}

function OpenRotation({ id }: { readonly id: string }) {
  const { data } = useQuery(rotationsQuery(id));
  const open = data?.items.find(({ closedAt }) => closedAt === null);
  if (open === undefined) return null;
  const isAsking = open.state === 'needs_operator';
  return (
    <div className={names(css['note'], isAsking && css['noteWarn'])} role="status">
      <Icon name={isAsking ? 'alert' : 'rotate'} />
      <div className={css['noteWords']}>
        <p className={css['noteTitle']}>{isAsking ? text.rotationAsks : text.rotationOpen}</p>
        {open.asks !== null && <p>{open.asks}</p>}
      </div>
      <Link to="/rotations/$id" params={{ id: open.id }} className={buttonClass('plain', true)}>
        {text.rotationSee}
      </Link>
    </div>
  );
}
