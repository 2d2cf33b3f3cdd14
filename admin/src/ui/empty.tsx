import type { ReactNode } from 'react';
import css from './empty.module.css';
import { Icon, type IconName } from './icon.js';

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  /** What would stand here, and how it comes about. */
  readonly said: ReactNode;
  readonly acts?: ReactNode;
}

/**
 * What stands where nothing is yet: it says what could be, and how.
 * @public
 */
export function Empty({ icon, title, said, acts }: EmptyProps) {
  return (
    <div className={css['empty']}>
      <div className={css['picture']}>
        <Icon name={icon} size={20} />
      </div>
      <h2>{title}</h2>
      <div className={css['said']}>{said}</div>
      {acts !== undefined && <div className={css['acts']}>{acts}</div>}
    </div>
  );
}
