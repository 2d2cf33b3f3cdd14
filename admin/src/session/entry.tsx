import { type ReactNode, useEffect } from 'react';
import { appText } from '../messages/en/app.js';
import { Icon } from '../ui/icon.js';
import css from './sign-in.module.css';

/**
 * A page before one has signed in.
 * @public
 */
export function Entry(props: { title: string; said: string; children: ReactNode }) {
  const { title, said, children } = props;
  useEffect(() => {
    document.title = `${title} · ${appText.name}`;
  }, [title]);
  return (
    <main className={css['page']}>
      <div className={css['box']}>
        <div className={css['head']}>
          <span className={css['mark']}>
            <Icon name="key" size={20} />
          </span>
          <h1>{title}</h1>
          <p className={css['said']}>{said}</p>
        </div>
        {children}
      </div>
    </main>
  );
}

/**
 * The class of a form on such a page.
 * @public
 */
export const entryForm = css['form'] ?? '';
