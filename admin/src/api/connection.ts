import { onlineManager } from '@tanstack/react-query';
import { signal } from '../state/signal.js';
import { base } from './base.js';

const ASK_AGAIN_MS = 2_000;

/**
 * Whether the server answers.
 * @public
 */
export const connection = signal<'here' | 'away'>('here');

let asking: ReturnType<typeof setTimeout> | undefined;

/** Nobody answered: queries wait, and go on by themselves once somebody does. */
export function lost(): void {
  connection.set('away');
  onlineManager.setOnline(false);
  asking ??= setTimeout(askAgain, ASK_AGAIN_MS);
}

/** Somebody answered. */
export function found(): void {
  if (asking !== undefined) clearTimeout(asking);
  asking = undefined;
  if (connection.get() === 'here') return;
  connection.set('here');
  onlineManager.setOnline(true);
}

/**
 * Asks whether the server is back.
 * @public
 */
export async function askAgain(): Promise<void> {
  asking = undefined;
  try {
    const { status } = await fetch(new URL('readyz', base), { cache: 'no-store' });
    if (status === 200) found();
    else lost();
  } catch {
    lost();
  }
}
