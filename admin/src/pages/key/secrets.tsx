import { useQuery } from '@tanstack/react-query';
import type { Key, RotationItem } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { msOf, useNowMs } from '../../time/clock.js';
import { Badge, type Tone } from '../../ui/badge.js';
import { Card } from '../../ui/page.js';
import { Time } from '../../ui/time.js';
import css from './key.module.css';
import { rotationsQuery } from './queries.js';
import { type Lane, lanesOf } from './timeline.js';

type Secret = Key['secrets'][number];

const TONES: Readonly<Record<Secret['state'], Tone>> = {
  pending: 'info',
  current: 'good',
  retiring: 'warn',
  disabled: 'mute',
  revoked: 'mute',
};

/** The secrets of a key, each from its issue to its end. */
export function Secrets({ keyShown }: { readonly keyShown: Key }) {
  const { data } = useQuery(rotationsQuery(keyShown.id));
  const nowMs = useNowMs();
  const rotations: readonly RotationItem[] = data?.items ?? [];
  const lanes = lanesOf(keyShown, rotations, nowMs);
  return (
    <Card title={text.secrets}>
      <p className={css['said']}>{text.secretsSaid}</p>
      <ul className={css['secrets']}>
        {lanes.map((lane) => (
          <SecretLane key={lane.secret.number} lane={lane} />
        ))}
      </ul>
    </Card>
  );
}

function SecretLane({ lane }: { readonly lane: Lane }) {
  const { secret, from, until, ahead, now } = lane;
  return (
    <li className={css['secret']}>
      <div className={css['who']}>
        <span className={css['whoLine']}>
          {text.secret(secret.number)}
          <Badge tone={TONES[secret.state]}>{text.secretStates[secret.state]}</Badge>
        </span>
        <span className={css['hint']}>{`${secret.hint}…`}</span>
      </div>
      <div className={css['lane']} aria-hidden="true">
        <span
          className={css['span']}
          data-state={secret.state}
          style={{ left: percent(from), width: percent(until - from) }}
        />
        {ahead > until && (
          <span
            className={css['ahead']}
            style={{ left: percent(until), width: percent(ahead - until) }}
          />
        )}
        <span className={css['now']} style={{ left: percent(now) }} />
      </div>
      <p className={css['says']}>
        {text.since} <Time at={secret.createdAt} />
        <Until lane={lane} />
        {' · '}
        {text.used} <Time at={secret.lastUsedAt} as="ago" />
      </p>
    </li>
  );
}

function Until({ lane: { endAt } }: { readonly lane: Lane }) {
  if (endAt === undefined || msOf(endAt) <= 0) return null;
  return (
    <>
      {' '}
      {text.until} <Time at={endAt} />
    </>
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}
