import { signal } from '../state/signal.js';

/** A request that waits until whoever sent it has confirmed who they are. */
interface Waiting {
  readonly answer: (isConfirmed: boolean) => void;
}

/**
 * The request that waits, if one does: the dialog that asks is shown meanwhile.
 * @public
 */
export const waiting = signal<Waiting | undefined>(undefined);

let asked: Promise<boolean> | undefined;

/** Asks the person to confirm who they are. Several requests ask together. */
export function askToConfirm(): Promise<boolean> {
  asked ??= new Promise<boolean>((resolve) => {
    waiting.set({
      answer(isConfirmed) {
        waiting.set(undefined);
        asked = undefined;
        resolve(isConfirmed);
      },
    });
  });
  return asked;
}
