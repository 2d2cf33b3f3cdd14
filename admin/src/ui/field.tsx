import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react';
import { uiText } from '../messages/en/ui.js';
import css from './field.module.css';
import { Icon } from './icon.js';
import { names } from './names.js';

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with it. */
  readonly fault?: string | undefined;
  readonly isOptional?: boolean;
}

interface Described extends FieldProps {
  readonly id: string;
  readonly children: ReactNode;
}

function Described({ id, label, hint, fault, isOptional = false, children }: Described) {
  return (
    <div className={css['field']}>
      <label className={css['label']} htmlFor={id}>
        {label}
        {isOptional && <span className={css['optional']}> {uiText.optional}</span>}
      </label>
      {children}
      {hint !== undefined && fault === undefined && (
        <p className={css['hint']} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p className={css['fault']} id={`${id}-fault`} role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

function describing(id: string, { hint, fault }: Pick<FieldProps, 'hint' | 'fault'>) {
  const by = fault !== undefined ? `${id}-fault` : hint !== undefined ? `${id}-hint` : undefined;
  return { 'aria-invalid': fault !== undefined || undefined, 'aria-describedby': by } as const;
}

type InputProps = FieldProps &
  Omit<InputHTMLAttributes<HTMLInputElement>, 'className'> & {
    readonly isMono?: boolean;
    readonly ref?: Ref<HTMLInputElement>;
  };

/**
 * A line of text.
 * @public
 */
export function Field({ label, hint, fault, isOptional, isMono = false, ...rest }: InputProps) {
  const id = useId();
  return (
    <Described {...{ id, label, hint, fault, ...(isOptional && { isOptional }) }}>
      <input
        id={id}
        autoComplete="off"
        {...rest}
        {...describing(id, { hint, fault })}
        className={names(css['control'], isMono && css['mono'])}
      />
    </Described>
  );
}

type AreaProps = FieldProps &
  Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'className'> & { readonly isMono?: boolean };

/**
 * Some lines of text.
 * @public
 */
export function AreaField({ label, hint, fault, isOptional, isMono = false, ...rest }: AreaProps) {
  const id = useId();
  return (
    <Described {...{ id, label, hint, fault, ...(isOptional && { isOptional }) }}>
      <textarea
        id={id}
        {...rest}
        {...describing(id, { hint, fault })}
        className={names(css['control'], css['area'], isMono && css['mono'])}
      />
    </Described>
  );
}

/** What can be chosen, by value. */
interface Option {
  readonly value: string;
  readonly label: string;
}

type SelectProps = FieldProps &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, 'className'> & {
    readonly options: readonly Option[];
  };

/**
 * One of some. The system's own list: it works with every keyboard, reader and telephone.
 * @public
 */
export function SelectField({ label, hint, fault, isOptional, options, ...rest }: SelectProps) {
  const id = useId();
  return (
    <Described {...{ id, label, hint, fault, ...(isOptional && { isOptional }) }}>
      <Select id={id} options={options} {...rest} {...describing(id, { hint, fault })} />
    </Described>
  );
}

type BareSelectProps = Omit<SelectHTMLAttributes<HTMLSelectElement>, 'className'> & {
  readonly options: readonly Option[];
};

/**
 * One of some, where a label stands elsewhere: give it an `aria-label`.
 * @public
 */
export function Select({ options, ...rest }: BareSelectProps) {
  return (
    <span className={css['selectBox']}>
      <select {...rest} className={names(css['control'], css['select'])}>
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <Icon name="chevronDown" size={14} />
    </span>
  );
}

type CheckProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'type'> & {
  readonly label: ReactNode;
  readonly hint?: string;
};

/**
 * Yes or no.
 * @public
 */
export function Check({ label, hint, ...rest }: CheckProps) {
  const id = useId();
  const describedBy = hint === undefined ? undefined : `${id}-hint`;
  return (
    <label className={css['check']} htmlFor={id}>
      <input
        {...rest}
        id={id}
        type="checkbox"
        className={css['box']}
        aria-describedby={describedBy}
      />
      <span>
        {label}
        {hint !== undefined && (
          <span className={css['hint']} id={`${id}-hint`}>
            {' '}
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}
