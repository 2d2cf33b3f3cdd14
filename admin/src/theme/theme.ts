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
