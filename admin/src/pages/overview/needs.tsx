import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { overviewText as text } from '../../messages/en/overview.js';
import { Empty } from '../../ui/empty.js';
import { Icon, type IconName } from '../../ui/icon.js';
import { Card } from '../../ui/page.js';
import { RotationLink } from '../../ui/rotation-link.js';
import { Bone } from '../../ui/skeleton.js';
import { Time } from '../../ui/time.js';
import css from './page.module.css';
import type { Overview } from './query.js';

/** One thing that a person should look at. */
interface Item {
  readonly id: string;
  readonly name: ReactNode;
  readonly why: ReactNode;
  readonly at: string | null;
}

/** Things of one kind. */
interface Need {
  readonly title: string;
  readonly icon: IconName;
  readonly tone: 'bad' | 'warn';
  readonly count: number;
  readonly isAtLeast: boolean;
  readonly items: readonly Item[];
}

/** What needs a person now, the most pressing first. */
export function Needs({ overview }: { readonly overview: Overview | undefined }) {
  if (overview === undefined) {
    return (
      <Card title={text.needs}>
        <Bone />
      </Card>
    );
  }
  const needs = [
    ...needsOfRotations(overview),
    ...needsOfKeys(overview),
    ...needsOfNotices(overview),
  ];
  const shown = needs.filter(({ count }) => count > 0);
  if (shown.length === 0) {
    return (
      <Card>
        <Empty icon="check" title={text.calm} said={text.calmSaid} />
      </Card>
    );
  }
  return (
    <Card title={text.needs}>
      <div className={css['needs']}>
        {shown.map((need) => (
          <NeedList key={need.title} need={need} />
        ))}
      </div>
    </Card>
  );
}

function NeedList({ need }: { readonly need: Need }) {
  const { title, icon, tone, count, isAtLeast, items } = need;
  const others = count - items.length;
  return (
    <section className={css['need']} data-tone={tone}>
      <h3>
        <Icon name={icon} /> {title}
      </h3>
      <ul className={css['items']}>
        {items.map(({ id, name, why, at }) => (
          <li key={id} className={css['item']}>
            <span>{name}</span>
            <span className={css['why']}>{why}</span>
            <span className={css['when']}>
              <Time at={at} as="ago" otherwise="" />
            </span>
          </li>
        ))}
        {others > 0 && <li className={css['others']}>{text.more(others, isAtLeast)}</li>}
      </ul>
    </section>
  );
}

function needsOfRotations({ rotations }: Overview): readonly Need[] {
  if (rotations === null) return [];
  const { waiting, deliveries, stragglers } = rotations;
  return [
    {
      title: text.waiting(text.rotations(waiting.count, waiting.isAtLeast)),
      icon: 'user',
      tone: 'bad',
      ...waiting,
      items: waiting.items.map(({ rotation, name, why, since }) => ({
        id: rotation,
        name: <RotationLink id={rotation}>{name}</RotationLink>,
        why,
        at: since,
      })),
    },
    {
      title: text.deliveries(text.rotations(deliveries.count, deliveries.isAtLeast)),
      icon: 'truck',
      tone: 'bad',
      ...deliveries,
      items: deliveries.items.map(({ rotation, name, message, since, destination }) => ({
        id: rotation + (destination ?? ''),
        name: <RotationLink id={rotation}>{name}</RotationLink>,
        why: message,
        at: since,
      })),
    },
    {
      title: text.stragglers(text.rotations(stragglers.count, stragglers.isAtLeast)),
      icon: 'clock',
      tone: 'warn',
      ...stragglers,
      items: stragglers.items.map(({ rotation, name, consumers, consumerCount, deadline }) => ({
        id: rotation,
        name: <RotationLink id={rotation}>{name}</RotationLink>,
        why: text.consumers(consumerCount, consumers),
        at: deadline,
      })),
    },
  ];
}

function needsOfKeys({ keys }: Overview): readonly Need[] {
  if (keys === null) return [];
  const { expiring, pastPolicy } = keys;
  return [
    {
      title: text.pastPolicy(text.keys(pastPolicy.count, pastPolicy.isAtLeast)),
      icon: 'alert',
      tone: 'warn',
      ...pastPolicy,
      items: pastPolicy.items.map(({ key, name, keyspace, since }) => ({
        id: key,
        name: <KeyLink id={key} name={name} />,
        why: keyspace,
        at: since,
      })),
    },
    {
      title: text.expiring(text.keys(expiring.count, expiring.isAtLeast)),
      icon: 'clock',
      tone: 'warn',
      ...expiring,
      items: expiring.items.map(({ key, name, keyspace, expiresAt }) => ({
        id: key,
        name: <KeyLink id={key} name={name} />,
        why: keyspace,
        at: expiresAt,
      })),
    },
  ];
}

function needsOfNotices({ notices }: Overview): readonly Need[] {
  if (notices === null) return [];
  const { dead } = notices;
  return [
    {
      title: text.dead(text.notices(dead.count, dead.isAtLeast)),
      icon: 'bell',
      tone: 'warn',
      ...dead,
      items: dead.items.map(({ notice, kind, recipient, message, since }) => ({
        id: notice,
        name: `${kind} → ${recipient}`,
        why: message,
        at: since,
      })),
    },
  ];
}

function KeyLink({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <Link to="/keys/$id" params={{ id }}>
      {name}
    </Link>
  );
}
