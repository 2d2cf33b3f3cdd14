import { uiText } from '../messages/en/ui.js';
import { names } from './names.js';
import css from './skeleton.module.css';

/**
 * Stands where a text will be, as wide as one of that kind.
 * @public
 */
export function Bone({ size = 'long' }: { readonly size?: 'short' | 'middle' | 'long' }) {
  const wide = size === 'long' ? undefined : css[size];
  return <span className={names(css['bone'], wide)} aria-hidden="true" />;
}

/**
 * Says to who cannot see it that something is being loaded.
 * @public
 */
export function Loading() {
  return (
    <span className={css['hidden']} role="status">
      {uiText.loading}
    </span>
  );
}
