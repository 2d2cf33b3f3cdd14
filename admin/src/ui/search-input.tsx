import { useEffect, useRef, useState } from 'react';
import { uiText } from '../messages/en/ui.js';
import { Icon } from './icon.js';
import css from './search-input.module.css';

const TYPED_MS = 150; // So that not every letter is asked for.

interface SearchInputProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string | undefined;
  /** Told a moment after the last letter; undefined: it is empty. */
  readonly onChange: (value: string | undefined) => void;
  /** The one that `/` leads to. */
  readonly isFirst?: boolean;
}

/**
 * Looks for what is typed.
 * @public
 */
export function SearchInput({ label, hint, value = '', onChange, isFirst }: SearchInputProps) {
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current) return; // Ours; else it came from elsewhere: a link, or the way back.
    sent.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => {
    const next = typed.trim();
    if (next === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = next;
      onChange(next === '' ? undefined : next);
    }, TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  return (
    <div className={css['search']}>
      <Icon name="search" />
      <input
        type="search"
        {...(isFirst === true && { 'data-search': true })}
        className={css['input']}
        aria-label={label}
        {...(isFirst === true && { 'aria-keyshortcuts': uiText.searchKey })}
        placeholder={hint}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={({ key }) => key === 'Escape' && setTyped('')}
        autoComplete="off"
        spellCheck={false}
      />
      {isFirst === true && <kbd>{uiText.searchKey}</kbd>}
    </div>
  );
}
