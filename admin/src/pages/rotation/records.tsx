import type { Rotation } from '../../api/types.js';
import { rotationText as text } from '../../messages/en/rotation.js';
import { uiText } from '../../messages/en/ui.js';
import { durationWords } from '../../time/words.js';
import { Badge, type Tone } from '../../ui/badge.js';
import { Copied } from '../../ui/copy.js';
import { Card, Facts } from '../../ui/page.js';
import { Time } from '../../ui/time.js';
import css from './rotation.module.css';

const PLACE_TONES: Readonly<Record<Rotation['destinations'][number]['state'], Tone>> = {
  waiting: 'mute',
  writing: 'info',
  delivered: 'good',
  skipped: 'mute',
  unknown: 'warn',
  missed: 'warn',
  added: 'info',
};

/** When the old secret was refused for some minutes, and who felt it. */
export function Brownouts({ rotation }: { readonly rotation: Rotation }) {
  const { brownouts, nextBrownout } = rotation;
  return (
    <Card title={text.brownouts}>
      {brownouts.length === 0 && nextBrownout === null && (
        <p className={css['rowSaid']}>{text.brownoutsNone}</p>
      )}
      <ul>
        {brownouts.map(({ from, share, state }) => (
          <li key={from} className={css['plain']}>
            <span>
              <Time at={from} />
              {uiText.dot}
              {text.brownoutShare(share)}
            </span>
            <Badge tone={state === 'under_way' ? 'warn' : 'mute'}>
              {text.brownoutStates[state]}
            </Badge>
          </li>
        ))}
        {nextBrownout !== null && (
          <li className={css['plain']}>
            <span>
              {text.nextBrownout} <Time at={nextBrownout.at} />
              {uiText.dot}
              {text.brownoutFor(nextBrownout.for)}
              {uiText.dot}
              {text.brownoutShare(nextBrownout.share)}
            </span>
          </li>
        )}
      </ul>
    </Card>
  );
}

/** Where the new secret went. */
export function Places({ destinations }: Pick<Rotation, 'destinations'>) {
  if (destinations.length === 0) return null;
  return (
    <Card title={text.destinations}>
      <ul>
        {destinations.map(({ id, name, place, state }) => (
          <li key={id} className={css['plain']}>
            <span>
              {name} <span className={css['rowSaid']}>{place}</span>
            </span>
            <Badge tone={PLACE_TONES[state]}>{text.destinationStates[state]}</Badge>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Who has confirmed that the old secret is refused. */
export function Receipt({ receipt }: Pick<Rotation, 'receipt'>) {
  return (
    <Card title={text.receipt}>
      <p className={css['rowSaid']}>{receipt.length === 0 ? text.receiptNone : text.receiptSaid}</p>
      <ul>
        {receipt.map(({ instance, afterMs }) => (
          <li key={instance} className={css['plain']}>
            <code>{instance}</code>
            <span>
              {afterMs === null ? text.receiptLapsed : text.receiptAfter(durationWords(afterMs))}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What else there is to know. */
export function RotationFacts({ rotation }: { readonly rotation: Rotation }) {
  const { fact } = text;
  const times = [
    [fact.begun, rotation.createdAt],
    [fact.delivered, rotation.deliveredAt],
    [fact.linkUntil, rotation.claimExpiresAt],
    [fact.deadline, rotation.deadline],
    [fact.disabled, rotation.disabledAt],
    [fact.undoUntil, rotation.undoUntil],
    [fact.revoked, rotation.revokedAt],
    [fact.closed, rotation.closedAt],
  ] as const;
  return (
    <Card title={text.facts}>
      <Facts
        facts={[
          [fact.id, <Copied key="id" text={rotation.id} />],
          [fact.secrets, text.secretsFromTo(rotation.oldSecret, rotation.newSecret)],
          [fact.policy, rotation.policy],
          [fact.by, rotation.requestedBy.id],
          ...(rotation.reason === null ? [] : [[fact.reason, rotation.reason] as const]),
          ...times
            .filter(([, at]) => at !== null)
            .map(([name, at]) => [name, <Time key={name} at={at} />] as const),
          [fact.atDeadline, text.atDeadlines[rotation.atDeadline]],
          ...(rotation.end === null ? [] : [[fact.end, text.ends[rotation.end]] as const]),
        ]}
      />
    </Card>
  );
}
