import { useQuery } from '@tanstack/react-query';
import { Navigate, useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
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
  const { href } = useLocation();
  const { data, error, refetch } = useQuery({ ...sessionQuery, enabled: !isOver });
  if (data === null) return <Navigate to="/sign-in" search={{ to: href }} replace />;
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
