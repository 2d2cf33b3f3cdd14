import type { ReactNode } from 'react';
import css from './badge.module.css';
import { names } from './names.js';

/**
 * What a state means to who looks at it.
 * @public
 */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'mute';

/**
 * A state, in one word.
 * @public
 */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return <span className={names(css['badge'], css[tone])}>{children}</span>;
}

/**
 * A tag, a scope, an environment.
 * @public
 */
export function Tag({ children }: { readonly children: string }) {
  return (
    <span className={css['tag']} title={children}>
      {children}
    </span>
  );
}
