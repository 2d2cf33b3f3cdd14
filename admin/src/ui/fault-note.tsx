import { Fault } from '../api/fault.js';
import { uiText } from '../messages/en/ui.js';
import { Button } from './button.js';
import css from './fault-note.module.css';
import { faultWords } from './fault-words.js';
import { Icon } from './icon.js';

interface FaultNoteProps {
  readonly error: unknown;
  /** Tries again. */
  readonly onRetry?: () => void;
}

/**
 * What went wrong, and what to do next.
 * @public
 */
export function FaultNote({ error, onRetry }: FaultNoteProps) {
  const { title, detail, todo } = faultWords(error);
  const fault = error instanceof Fault ? error : undefined;
  return (
    <div className={css['note']} role="alert">
      <Icon name={fault?.status === 0 ? 'wifiOff' : 'alert'} />
      <div className={css['words']}>
        <p className={css['title']}>{title}</p>
        {detail !== undefined && <p>{detail}</p>}
        {fault?.fields.map(({ pointer, message, fix }) => (
          <p key={pointer}>
            <code>{pointer}</code> {message} {fix}
          </p>
        ))}
        {todo !== undefined && <p className={css['todo']}>{todo}</p>}
        {fault?.requestId !== undefined && (
          <p className={css['id']}>{uiText.requestId(fault.requestId)}</p>
        )}
        {onRetry !== undefined && (
          <div className={css['acts']}>
            <Button isSmall onClick={onRetry}>
              {uiText.reload}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}
