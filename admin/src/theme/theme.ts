import { signal } from '../state/signal.js';
import { readTheme, type Theme, writeTheme } from './stored.js';

/**
 * The theme that the person has chosen.
 * @public
 */
export const theme = signal<Theme>(readTheme());

/**
 * Shows and keeps a theme.
 * @public
 */
export function chooseTheme(next: Theme): void {
  writeTheme(next);
  theme.set(next);
}

/**
 * Calls back whenever the colours have changed, by choice or by the system.
 * @public
 */
export function onThemeChange(hear: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', hear);
  const stop = theme.subscribe(hear);
  return () => {
    system.removeEventListener('change', hear);
    stop();
  };
}
