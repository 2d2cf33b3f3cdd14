import { isSessionOver } from '../api/client.js';
import { sessionText as text } from '../messages/en/session.js';
import { useSignal } from '../state/signal.js';
import { Dialog } from '../ui/dialog.js';
import { SignInForm } from './sign-in-form.js';

/**
 * Asks to sign in again over the page, which stays as it is.
 * @public
 */
export function SessionOver() {
  const isOver = useSignal(isSessionOver);
  const { pathname, search } = location;
  return (
    <Dialog isOpen={isOver} title={text.over} said={text.overSaid}>
      {isOver && <SignInForm returnTo={`${pathname}${search}`} onDone={() => undefined} />}
    </Dialog>
  );
}
