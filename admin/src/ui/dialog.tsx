import { Dialog as Base } from '@base-ui/react/dialog';
import { type FormEvent, type ReactNode, type RefObject, useState } from 'react';
import { uiText } from '../messages/en/ui.js';
import { Button, type ButtonLook, IconButton } from './button.js';
import css from './dialog.module.css';
import { FaultNote } from './fault-note.js';
import { names } from './names.js';

interface DialogProps {
  readonly isOpen: boolean;
  /** Absent: it cannot be put away, only answered. */
  readonly onClose?: (() => void) | undefined;
  readonly title: string;
  readonly said?: ReactNode;
  readonly children?: ReactNode;
  /** Buttons, the one that goes on last. */
  readonly foot?: ReactNode;
  readonly isWide?: boolean;
  readonly startAt?: RefObject<HTMLElement | null>;
}

/**
 * What has to be answered before the page goes on.
 * @public
 */
export function Dialog(props: DialogProps) {
  const { isOpen, onClose, title, said, children, foot, isWide = false, startAt } = props;
  return (
    <Base.Root
      open={isOpen}
      onOpenChange={(next) => !next && onClose?.()}
      disablePointerDismissal={onClose === undefined}
    >
      <Base.Portal>
        <Base.Backdrop className={css['backdrop']} />
        <Base.Viewport className={css['viewport']}>
          <Base.Popup
            className={names(css['popup'], isWide && css['wide'])}
            {...(startAt !== undefined && { initialFocus: startAt })}
          >
            <div className={css['head']}>
              <Base.Title className={css['title']}>{title}</Base.Title>
              {onClose !== undefined && (
                <Base.Close render={<IconButton icon="close" label={uiText.close} isSmall />} />
              )}
            </div>
            <div className={css['body']}>
              {said !== undefined && (
                <Base.Description className={css['said']} render={<div />}>
                  {said}
                </Base.Description>
              )}
              {children}
            </div>
            {foot !== undefined && <div className={css['foot']}>{foot}</div>}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

interface ActProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen, and whether it can be undone. */
  readonly said: ReactNode;
  /** What the button says that does it. */
  readonly act: string;
  readonly look?: ButtonLook;
  readonly children?: ReactNode;
  readonly isReady?: boolean;
  readonly isWide?: boolean;
  /** Does it. A fault is shown, and the dialog stays. */
  readonly onAct: () => Promise<unknown>;
}

/**
 * Says what an act will do, and does it.
 * @public
 */
export function ActDialog(props: ActProps) {
  const { isOpen, onClose, title, said, act, look = 'main', children, onAct } = props;
  const [fault, setFault] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const close = () => {
    setFault(undefined);
    onClose();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      await onAct();
      close();
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const foot = (
    <>
      <Button onClick={close} disabled={isBusy}>
        {uiText.cancel}
      </Button>
      <Button
        type="submit"
        form="act"
        look={look}
        isBusy={isBusy}
        disabled={props.isReady === false}
      >
        {act}
      </Button>
    </>
  );
  const isWide = props.isWide ?? false;
  return (
    <Dialog {...{ isOpen, title, said, foot, isWide }} onClose={isBusy ? undefined : close}>
      <form id="act" className={css['form']} onSubmit={submit}>
        {children}
      </form>
      {fault !== undefined && <FaultNote error={fault} />}
    </Dialog>
  );
}

interface SideProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
}

/**
 * What comes in from the side where there is little room.
 * @public
 */
export function SideDialog({ isOpen, onClose, title, children }: SideProps) {
  return (
    <Base.Root open={isOpen} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={css['backdrop']} />
        <Base.Popup className={css['side']} aria-label={title}>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
