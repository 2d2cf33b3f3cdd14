import type { Rotation } from '../../api/types.js';
import { rotationText as text } from '../../messages/en/rotation.js';
import { Icon, type IconName } from '../../ui/icon.js';
import { Card } from '../../ui/page.js';
import { figureWords } from './figures.js';
import css from './rotation.module.css';

const MARKS: Readonly<Record<Rotation['evidence'][number]['state'], IconName>> = {
  met: 'check',
  unmet: 'clock',
  not_applicable: 'minus',
  cannot_tell: 'info',
};

/** The five pieces of evidence: what each stands on, and how sure that is. */
export function Evidence({ evidence }: Pick<Rotation, 'evidence'>) {
  return (
    <Card title={text.evidence}>
      <p className={css['said']}>{text.evidenceSaid}</p>
      <ul className={css['rows']}>
        {evidence.map((one) => (
          <li key={one.id} className={css['row']}>
            <span className={css['mark']} data-state={one.state}>
              <Icon name={MARKS[one.state]} size={14} />
            </span>
            <div>
              <p className={css['rowTitle']}>{text.evidenceTitles[one.id]}</p>
              <p className={css['rowSaid']}>{figureWords(one)}</p>
            </div>
            <div className={css['rowSure']}>
              <p>{text.evidenceStates[one.state]}</p>
              <p>{one.required ? text.sure[one.sure] : text.notRequired}</p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
