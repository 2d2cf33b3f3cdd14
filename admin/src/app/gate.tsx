import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { base } from '../api/base.js';
import { isSessionOver } from '../api/client.js';
import { sessionQuery } from '../session/view.js';
import { useSignal } from '../state/signal.js';
import { FaultNote } from '../ui/fault-note.js';
import { Loading } from '../ui/skeleton.js';
import css from './frame.module.css';

/**
 * Shows pages to who has signed in; leads all others to where that is done.
 * @public
 */
export function Gate({ children }: { readonly children: ReactNode }) {
  const isOver = useSignal(isSessionOver);
  const { data, error, refetch } = useQuery({ ...sessionQuery, enabled: !isOver });
  if (data === null) return <ToSignIn />;
  if (data !== undefined) return children;
  return (
    <div className={css['frame']}>
      <aside className={css['side']} />
      <main className={css['main']}>
        {error === null ? <Loading /> : <FaultNote error={error} onRetry={() => void refetch()} />}
      </main>
    </div>
  );
}

/** By a load of its own: what was about to be shown is still on its way, and is let go of. */
function ToSignIn() {
  const router = useRouter();
  useEffect(() => {
    const url = new URL('admin/sign-in', base);
    url.searchParams.set('to', router.latestLocation.href);
    location.replace(url);
  }, [router]);
  return <Loading />;
}
