import { Toast } from '@base-ui/react/toast';
import { uiText } from '../messages/en/ui.js';
import { IconButton } from './button.js';
import { Icon } from './icon.js';
import { names } from './names.js';
import css from './toast-view.module.css';
import { toasts } from './toasts.js';

const SHOWN_MS = 6_000;

/**
 * Where notices appear.
 * @public
 */
export function ToastView() {
  return (
    <Toast.Provider toastManager={toasts} timeout={SHOWN_MS}>
      <Toast.Portal>
        <Toast.Viewport className={css['viewport']} aria-label={uiText.notifications}>
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Toasts() {
  const { toasts: shown } = Toast.useToastManager<{ isFault?: boolean }>();
  return shown.map((toast) => {
    const isFault = toast.data?.isFault === true;
    return (
      <Toast.Root
        key={toast.id}
        toast={toast}
        className={names(css['toast'], isFault && css['fault'])}
      >
        <Icon name={isFault ? 'alert' : 'check'} />
        <div className={css['words']}>
          <Toast.Title className={css['title']} render={<p />} />
          <Toast.Description className={css['description']} />
        </div>
        <Toast.Close render={<IconButton icon="close" label={uiText.close} isSmall />} />
      </Toast.Root>
    );
  });
}
