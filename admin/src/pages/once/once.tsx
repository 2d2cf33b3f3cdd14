import { useBlocker } from '@tanstack/react-router';
import { onceText as text } from '../../messages/en/once.js';
import { Button } from '../../ui/button.js';
import { CopyButton } from '../../ui/copy.js';
import { Dialog } from '../../ui/dialog.js';
import { Time } from '../../ui/time.js';
import css from './once.module.css';

/**
 * What an act has answered that is shown this once.
 * @public
 */
export interface Given {
  readonly plaintext?: string | undefined;
  readonly claim?: { readonly url: string; readonly expiresAt: string } | undefined;
}

interface OnceProps {
  readonly given: Given | undefined;
  /** Whoever sees it has kept it: let go of it. */
  readonly onStored: () => void;
}

/**
 * Shows a secret, or the link to one, until somebody says that it is kept. It is in no address, no
 * store and no cache: whoever holds it lets go of it, and it is gone.
 * @public
 */
export function Once({ given, onStored }: OnceProps) {
  const isShown = given?.plaintext !== undefined || given?.claim !== undefined;
  useBlocker({ shouldBlockFn: () => true, enableBeforeUnload: true, disabled: !isShown });
  if (given?.plaintext !== undefined) {
    return <Secret plaintext={given.plaintext} onStored={onStored} />;
  }
  if (given?.claim !== undefined) return <Claim claim={given.claim} onStored={onStored} />;
  return null;
}

function Secret({ plaintext, onStored }: { readonly plaintext: string; onStored: () => void }) {
  const foot = (
    <Button look="main" icon="check" onClick={onStored}>
      {text.stored}
    </Button>
  );
  return (
    <Dialog isOpen title={text.title} said={text.said} foot={foot}>
      <Shown label={text.secret} value={plaintext} />
      <p className={css['hint']}>{text.storedHint}</p>
    </Dialog>
  );
}

interface ClaimProps {
  readonly claim: { readonly url: string; readonly expiresAt: string };
  readonly onStored: () => void;
}

function Claim({ claim, onStored }: ClaimProps) {
  const foot = (
    <Button look="main" icon="check" onClick={onStored}>
      {text.claimPassed}
    </Button>
  );
  return (
    <Dialog isOpen title={text.claimTitle} said={text.claimSaid} foot={foot}>
      <Shown label={text.claimLink} value={claim.url} />
      <p className={css['hint']}>
        {text.claimUntil} <Time at={claim.expiresAt} />
      </p>
    </Dialog>
  );
}

function Shown({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className={css['secret']}>
      <output className={css['text']} aria-label={label} translate="no">
        {value}
      </output>
      <CopyButton text={value} label={text.copy} />
    </div>
  );
}
