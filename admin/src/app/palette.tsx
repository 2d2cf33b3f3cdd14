import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type RefObject, useRef, useState } from 'react';
import { api, said } from '../api/client.js';
import { appText as text } from '../messages/en/app.js';
import { navigation } from '../pages/navigation.js';
import { useCan } from '../session/use-session.js';
import { useSignal } from '../state/signal.js';
import { Dialog } from '../ui/dialog.js';
import { Icon, type IconName } from '../ui/icon.js';
import css from './palette.module.css';
import { isPaletteOpen } from './palette-open.js';

const MAX_KEYS = 6;

interface Hit {
  readonly id: string;
  readonly label: string;
  readonly beside?: string;
  readonly icon: IconName;
  readonly go: () => void;
}

/** Leads to a page or a key by its name. */
export function Palette() {
  const isOpen = useSignal(isPaletteOpen);
  const close = () => isPaletteOpen.set(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <Dialog isOpen={isOpen} title={text.palette} onClose={close} startAt={input}>
      {isOpen && <Finder input={input} onDone={close} />}
    </Dialog>
  );
}

interface FinderProps {
  readonly input: RefObject<HTMLInputElement | null>;
  readonly onDone: () => void;
}

function Finder({ input, onDone }: FinderProps) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const hits = useHits(typed, onDone);
  const chosen = Math.min(at, hits.length - 1);
  const hear = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((chosen + step + hits.length) % Math.max(1, hits.length));
    else if (event.key === 'Enter') hits[chosen]?.go();
    else return;
    event.preventDefault();
  };
  return (
    <div>
      <input
        ref={input}
        className={css['input']}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-hits"
        aria-activedescendant={hits[chosen] && `hit-${hits[chosen].id}`}
        aria-label={text.paletteHint}
        placeholder={text.paletteHint}
        autoComplete="off"
        value={typed}
        onKeyDown={hear}
        onChange={({ target }) => {
          setTyped(target.value);
          setAt(0);
        }}
      />
      <Hits hits={hits} chosen={chosen} />
    </div>
  );
}

function Hits({ hits, chosen }: { readonly hits: readonly Hit[]; readonly chosen: number }) {
  return (
    <div className={css['list']} role="listbox" id="palette-hits" aria-label={text.palette}>
      {hits.length === 0 && <p className={css['none']}>{text.paletteNone}</p>}
      {hits.map((hit, index) => (
        <button
          type="button"
          key={hit.id}
          id={`hit-${hit.id}`}
          className={css['hit']}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          onClick={hit.go}
        >
          <Icon name={hit.icon} />
          {hit.label}
          {hit.beside !== undefined && <span className={css['beside']}>{hit.beside}</span>}
        </button>
      ))}
    </div>
  );
}

function useHits(typed: string, onDone: () => void): readonly Hit[] {
  const can = useCan();
  const navigate = useNavigate();
  const search = typed.trim();
  const isAsking = search !== '' && can('keys:read');
  const { data } = useQuery({
    queryKey: ['keys', 'palette', search],
    queryFn: ({ signal }) =>
      said(api.GET('/v1/keys', { params: { query: { search, limit: MAX_KEYS } }, signal })),
    enabled: isAsking,
    placeholderData: keepPreviousData,
  });
  const pages = navigation
    .filter(({ scope, label }) => can(scope) && label.toLowerCase().includes(search.toLowerCase()))
    .map(({ to, label, icon }) => ({
      id: to.slice(1),
      label,
      icon,
      go: () => {
        onDone();
        void navigate({ to });
      },
    }));
  const keys = (isAsking ? (data?.items ?? []) : []).map(({ id, name, owner }) => ({
    id,
    label: name,
    icon: 'key' as const,
    ...(owner !== null && { beside: owner }),
    go: () => {
      onDone();
      void navigate({ to: '/keys', search: { search: id } });
    },
  }));
  return [...pages, ...keys];
}
