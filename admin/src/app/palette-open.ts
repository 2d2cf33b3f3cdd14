import { signal } from '../state/signal.js';

/** Whether the palette is shown. */
export const isPaletteOpen = signal(false);
