import { type ReactNode, useEffect } from 'react';
import css from './page.module.css';

interface PageProps {
  readonly title: string;
  /** Beside the title: a state. */
  readonly beside?: ReactNode;
  /** Above the title: the way back. */
  readonly back?: ReactNode;
  readonly said?: ReactNode;
  readonly acts?: ReactNode;
  readonly children: ReactNode;
}

/**
 * A page: its title, what can be done, and what it shows.
 * @public
 */
export function Page({ title, beside, back, said, acts, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Keyturn`;
  }, [title]);
  return (
    <div className={css['page']}>
      <header className={css['head']}>
        <div className={css['titles']}>
          {back}
          <div className={css['titleLine']}>
            <h1>{title}</h1>
            {beside}
          </div>
          {said !== undefined && <div className={css['said']}>{said}</div>}
        </div>
        {acts !== undefined && <div className={css['acts']}>{acts}</div>}
      </header>
      {children}
    </div>
  );
}

/**
 * The class of a link back to where one came from.
 * @public
 */
export const backClass = css['back'] ?? '';

interface CardProps {
  readonly title?: string;
  readonly acts?: ReactNode;
  readonly children: ReactNode;
}

/**
 * A part of a page.
 * @public
 */
export function Card({ title, acts, children }: CardProps) {
  return (
    <section className={css['card']} aria-label={title}>
      {title !== undefined && (
        <div className={css['cardHead']}>
          <h2>{title}</h2>
          {acts}
        </div>
      )}
      <div className={css['cardBody']}>{children}</div>
    </section>
  );
}

/**
 * Names and what they are.
 * @public
 */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={css['facts']}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
