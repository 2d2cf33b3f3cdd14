import { useState } from 'react';
import { uiText } from '../messages/en/ui.js';
import { IconButton } from './button.js';
import css from './copy.module.css';
import { tellFault } from './toasts.js';

const SHOWN_MS = 1_600;

/**
 * A button that copies a text.
 * @public
 */
export function CopyButton({ text, label = uiText.copy }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), SHOWN_MS);
    } catch {
      tellFault(uiText.notCopied); // Not on a page without TLS.
    }
  };
  return (
    <IconButton
      isSmall
      icon={isCopied ? 'check' : 'copy'}
      label={isCopied ? uiText.copied : label}
      onClick={copy}
    />
  );
}

/**
 * An id or the like, to be copied.
 * @public
 */
export function Copied({ text, label }: { readonly text: string; readonly label?: string }) {
  return (
    <span className={css['value']}>
      <span className={css['text']} title={text}>
        {text}
      </span>
      <CopyButton text={text} {...(label !== undefined && { label })} />
    </span>
  );
}

/**
 * Lines to be copied.
 * @public
 */
export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className={css['block']}>
      <section className={css['code']} tabIndex={0} aria-label={label}>
        <pre>
          <code>{text}</code>
        </pre>
      </section>
      <div className={css['corner']}>
        <CopyButton text={text} />
      </div>
    </div>
  );
}
