import type { Rotation } from '../../api/types.js';
import { rotationText as text } from '../../messages/en/rotation.js';
import { uiText } from '../../messages/en/ui.js';
import { Icon } from '../../ui/icon.js';
import { Card } from '../../ui/page.js';
import { Time } from '../../ui/time.js';
import css from './rotation.module.css';

const PHASES = ['preparing', 'delivering', 'both_live', 'retiring', 'done'] as const;

/** The five phases, with where it is. */
export function Phases({ rotation }: { readonly rotation: Rotation }) {
  const { phase, step, deadline, closedAt } = rotation;
  const at = PHASES.indexOf(phase);
  const isDone = phase === 'done';
  return (
    <Card title={text.progress}>
      <ol className={css['phases']}>
        {PHASES.map((name, index) => {
          const is = index < at || isDone ? 'done' : index === at ? 'now' : 'ahead';
          return (
            <li
              key={name}
              className={css['phase']}
              data-is={is}
              aria-current={is === 'now' ? 'step' : undefined}
            >
              <span className={css['dot']}>
                {is === 'done' ? <Icon name="check" size={13} /> : index + 1}
              </span>
              <span className={css['phaseName']}>{text.phases[name]}</span>
              <span className={css['phaseSaid']}>{text.phaseSaid[name]}</span>
            </li>
          );
        })}
      </ol>
      <p className={css['step']}>
        <strong>{closedAt === null ? text.steps[step] : text.states[rotation.state]}</strong>
        {deadline !== null && closedAt === null && (
          <span>
            {text.fact.deadline} <Time at={deadline} />
            {uiText.dot}
            <Time at={deadline} as="ago" />
          </span>
        )}
      </p>
    </Card>
  );
}
