import { createText as text } from '../../messages/en/create.js';
import { useCan } from '../../session/use-session.js';
import css from './create.module.css';
import type { Wish } from './create-key.js';

const WAYS = [
  { by: 'answer', label: text.answer, said: text.answerSaid },
  { by: 'claim', label: text.claim, said: text.claimSaid },
] as const;

interface HandOverProps {
  readonly by: Wish['by'];
  readonly onChange: (by: Wish['by']) => void;
}

/** Who sees the secret first. */
export function HandOver({ by, onChange }: HandOverProps) {
  const can = useCan();
  return (
    <fieldset className={css['choices']} aria-label={text.handOver}>
      {WAYS.filter((way) => way.by === 'answer' || can('keys:rotate')).map((way) => (
        <label key={way.by} className={css['choice']}>
          <input
            type="radio"
            name="hand-over"
            value={way.by}
            checked={by === way.by}
            onChange={() => onChange(way.by)}
          />
          <span>
            {way.label}
            <br />
            <span className={css['said']}>{way.said}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
