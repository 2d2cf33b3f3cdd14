import { useEffect } from 'react';
import { isPaletteOpen } from './palette-open.js';

const SEARCH = '[data-search]'; // The page's own field, where it has one.

/** `/` goes to the search of the page, or opens the palette; Ctrl-K and Command-K always open it. */
export function useShortcuts(): void {
  useEffect(() => {
    addEventListener('keydown', hear);
    return () => removeEventListener('keydown', hear);
  }, []);
}

function hear(event: KeyboardEvent): void {
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    isPaletteOpen.set(true);
  } else if (event.key === '/' && !isTyping(event)) {
    event.preventDefault();
    search();
  }
}

function search(): void {
  const field = document.querySelector<HTMLInputElement>(SEARCH);
  if (field === null) {
    isPaletteOpen.set(true);
    return;
  }
  field.focus(); // To select alone does not bring the keyboard there in every browser.
  field.select();
}

function isTyping({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return true;
  return (
    target instanceof Element && target.closest('input, textarea, select, [role="dialog"]') !== null
  );
}
