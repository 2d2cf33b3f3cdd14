import { bulkText as text } from '../../messages/en/bulk.js';
import { Badge, type Tone } from '../../ui/badge.js';
import { Copied } from '../../ui/copy.js';
import css from './bulk.module.css';
import type { BulkReport } from './bulk-acts.js';

type Item = BulkReport['items'][number];

const TONES: Readonly<Record<Item['outcome'], Tone>> = {
  would: 'info',
  done: 'good',
  unchanged: 'mute',
  refused: 'bad',
};

/** Each key, with what becomes of it. */
export function BulkItems({ items }: Pick<BulkReport, 'items'>) {
  return (
    // What scrolls has to be reached by the keyboard.
    <section className={css['items']} aria-label={text.key} tabIndex={0}>
      <ul>
        {items.map(({ id, name, outcome, what, reason, fix, claim }) => (
          <li key={id} className={css['item']}>
            <span>{name ?? id}</span>
            <Badge tone={TONES[outcome]}>{text.outcomes[outcome]}</Badge>
            <span className={css['what']}>
              {[what, reason, fix].filter((words) => words !== undefined).join(' ')}
            </span>
            {claim !== undefined && <Copied text={claim.url} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
