import type { ButtonHTMLAttributes, Ref } from 'react';
import css from './button.module.css';
import { Icon, type IconName } from './icon.js';
import { names } from './names.js';

/**
 * How a button looks: the one that goes on, one beside it, one without a frame, one that ends things.
 * @public
 */
export type ButtonLook = 'main' | 'plain' | 'quiet' | 'danger' | 'dangerPlain';

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> {
  readonly look?: ButtonLook;
  readonly isSmall?: boolean;
  readonly icon?: IconName;
  /** It is doing what it says: it takes no second press, and shows so. */
  readonly isBusy?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

/**
 * A button. What it does stands on it.
 * @public
 */
export function Button(props: ButtonProps) {
  const { look = 'plain', isSmall = false, icon, isBusy = false, children, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={names(css['button'], css[look], isSmall && css['small'])}
    >
      {isBusy ? <span className={css['wheel']} /> : icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  readonly icon: IconName;
  /** What it does: read out, and shown beside the pointer. */
  readonly label: string;
}

/**
 * A button that is a picture.
 * @public
 */
export function IconButton(props: IconButtonProps) {
  const { look = 'quiet', isSmall = false, icon, label, isBusy = false, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || isBusy}
      aria-label={label}
      title={label}
      className={names(css['button'], css[look], css['square'], isSmall && css['small'])}
    >
      <Icon name={icon} />
    </button>
  );
}

/**
 * The classes of a button, for a link that looks like one.
 * @public
 */
export function buttonClass(look: ButtonLook = 'plain', isSmall = false): string {
  return names(css['button'], css[look], isSmall && css['small']);
}
