import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Key } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { keysText } from '../../messages/en/keys.js';
import { uiText } from '../../messages/en/ui.js';
import { Tag } from '../../ui/badge.js';
import { Copied } from '../../ui/copy.js';
import { Facts } from '../../ui/page.js';
import { Time } from '../../ui/time.js';
import css from './key.module.css';

/** What a key is. */
export function KeyFacts({ keyShown }: { readonly keyShown: Key }) {
  const { fact } = text;
  const { policy, owner } = keyShown;
  return (
    <Facts
      facts={[
        [fact.id, <Copied key="id" text={keyShown.id} />],
        [fact.keyspace, keyShown.keyspace],
        [fact.owner, owner === null ? uiText.none : <ByOwner key="owner" owner={owner} />],
        [fact.environment, keysText[keyShown.environment]],
        [fact.scopes, <Tags key="scopes" tags={keyShown.scopes} otherwise={text.noScopes} />],
        [fact.tags, <Tags key="tags" tags={keyShown.tags} otherwise={uiText.none} />],
        [fact.policy, policy ?? text.defaultPolicy],
        [
          fact.nextRotation,
          <Time key="t" at={keyShown.nextRotationAt} otherwise={text.noSchedule} />,
        ],
        [fact.restrictions, restrictionsOf(keyShown)],
        [fact.created, <Time key="t" at={keyShown.createdAt} />],
        [fact.lastUsed, <Time key="t" at={keyShown.lastUsedAt} />],
        [fact.expires, <Time key="t" at={keyShown.expiresAt} />],
        ...notBeforeOf(keyShown),
        ...stateOf(keyShown),
        ...metadataOf(keyShown),
      ]}
    />
  );
}

type FactRows = readonly (readonly [string, ReactNode])[];

function notBeforeOf({ notBefore }: Key): FactRows {
  return notBefore === null ? [] : [[text.fact.notBefore, <Time key="t" at={notBefore} />]];
}

function stateOf({ state, stateReason, stateChangedAt }: Key): FactRows {
  if (state === 'active') return [];
  const since = [text.fact.since, <Time key="t" at={stateChangedAt} />] as const;
  const reason = stateReason === null ? [] : [[text.fact.reason, stateReason] as const];
  return [[text.fact.state, keysText.states[state]], since, ...reason];
}

function metadataOf({ metadata }: Key): FactRows {
  if (Object.keys(metadata).length === 0) return [];
  const shown = (
    <pre className={css['metadata']} key="m">
      {JSON.stringify(metadata, null, 2)}
    </pre>
  );
  return [[text.fact.metadata, shown]];
}

function restrictionsOf({ restrictions }: Key): string {
  const names = ['addresses', 'origins', 'methods', 'paths', 'keyspaces'] as const;
  const words = names.flatMap((name) => {
    const list = restrictions[name] ?? [];
    return list.length === 0 ? [] : [text.restriction[name](list.join(', '))];
  });
  return words.length === 0 ? text.anywhere : words.join(' · ');
}

function ByOwner({ owner }: { readonly owner: string }) {
  return (
    <Link to="/keys" search={{ owner }}>
      {owner}
    </Link>
  );
}

function Tags({ tags, otherwise }: { readonly tags: readonly string[]; otherwise: string }) {
  if (tags.length === 0) return otherwise;
  return (
    <span className={css['tags']}>
      {tags.map((tag) => (
        <Tag key={tag}>{tag}</Tag>
      ))}
    </span>
  );
}
