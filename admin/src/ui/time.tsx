import { uiText } from '../messages/en/ui.js';
import { msOf, useNowMs } from '../time/clock.js';
import { localWords, relativeWords, utcWords } from '../time/words.js';

interface TimeProps {
  /** Null: it has not happened. */
  readonly at: string | null | undefined;
  /** By the clock, or by how long ago. */
  readonly as?: 'clock' | 'ago';
  readonly otherwise?: string;
}

/**
 * A time in the viewer's zone; in UTC beside the pointer.
 * @public
 */
export function Time({ at, as = 'clock', otherwise = uiText.never }: TimeProps) {
  const nowMs = useNowMs();
  if (at === null || at === undefined) return otherwise;
  const local = localWords(at);
  const utc = uiText.utc(utcWords(at));
  return (
    <time dateTime={at} title={as === 'ago' ? `${local} · ${utc}` : utc}>
      {as === 'ago' ? relativeWords(msOf(at), nowMs) : local}
    </time>
  );
}
