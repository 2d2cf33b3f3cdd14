import { overviewText as text } from '../../messages/en/overview.js';
import { Card } from '../../ui/page.js';
import { Bone } from '../../ui/skeleton.js';
import css from './page.module.css';
import type { Overview } from './query.js';

const STEPS = [
  ['told', text.told, text.toldSaid],
  ['opened', text.opened, text.openedSaid],
  ['used', text.used, text.usedSaid],
  ['silent', text.silent, text.silentSaid],
] as const;

/** How far the people of all open rotations are. */
export function CohortCard({
  rotations,
}: {
  readonly rotations: Overview['rotations'] | undefined;
}) {
  return (
    <Card title={text.cohort}>
      <p className={css['figureLine']}>
        {rotations ? text.cohortSaid(rotations.open) : <Bone size="middle" />}
      </p>
      <dl className={css['steps']}>
        {STEPS.map(([name, label, said]) => (
          <div
            key={name}
            className={css['step']}
            data-tone={name === 'silent' && rotations?.cohort.silent ? 'warn' : undefined}
          >
            <dt>{label}</dt>
            <dd>{rotations ? rotations.cohort[name] : <Bone size="short" />}</dd>
            <dd>{said}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
