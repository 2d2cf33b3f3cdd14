import { useRouter, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Pager } from '../ui/table.js';

interface PagingProps {
  readonly said: ReactNode;
  /** Of the page that is shown; undefined: it is the first. */
  readonly cursor: string | undefined;
  /** Of the page after it; null: there is none. */
  readonly nextCursor: string | null;
  /** Shows a page. */
  readonly onGo: (cursor: string | undefined, state: { readonly isNextPage?: true }) => void;
}

/**
 * Goes through a list whose place stands in the address. Back is where one came from; who came by a
 * link goes to the first page.
 * @public
 */
export function Paging({ said, cursor, nextCursor, onGo }: PagingProps) {
  const { history } = useRouter();
  const canGoBack = useRouterState({
    select: ({ location }) => location.state.isNextPage === true,
  });
  const previous = canGoBack ? () => history.back() : () => onGo(undefined, {});
  return (
    <Pager
      said={said}
      onPrevious={cursor === undefined ? undefined : previous}
      onNext={nextCursor === null ? undefined : () => onGo(nextCursor, { isNextPage: true })}
    />
  );
}
