import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { askAgain, connection } from '../api/connection.js';
import { appText as text } from '../messages/en/app.js';
import { Confirmation } from '../session/confirmation.js';
import { SessionOver } from '../session/session-over.js';
import { useSignal } from '../state/signal.js';
import { Button, IconButton } from '../ui/button.js';
import { SideDialog } from '../ui/dialog.js';
import { Icon } from '../ui/icon.js';
import css from './frame.module.css';
import { isPaletteOpen } from './palette-open.js';
import { useShortcuts } from './shortcuts.js';
import { Side } from './side.js';

const Palette = lazy(() =>
  import('./palette.js').then(({ Palette: found }) => ({ default: found })),
);

/**
 * What stands around each page.
 * @public
 */
export function Frame() {
  useShortcuts();
  return (
    <>
      <a className={css['skip']} href="#page">
        {text.toContent}
      </a>
      <div className={css['frame']}>
        <aside className={css['side']}>
          <Side />
        </aside>
        <Top />
        <main className={css['main']} id="page" tabIndex={-1}>
          <Away />
          <Outlet />
        </main>
      </div>
      <LazyPalette />
      <SessionOver />
      <Confirmation />
    </>
  );
}

/** The bar where there is no room for the list of pages. */
function Top() {
  const [isOpen, setOpen] = useState(false);
  return (
    <header className={css['top']}>
      <IconButton icon="menu" label={text.openNav} onClick={() => setOpen(true)} />
      <span className={css['brand']}>{text.name}</span>
      <SideDialog isOpen={isOpen} onClose={() => setOpen(false)} title={text.nav}>
        <Side onGo={() => setOpen(false)} />
      </SideDialog>
    </header>
  );
}

function Away() {
  const state = useSignal(connection);
  const isAway = state === 'away';
  return (
    <div role="status">
      {isAway && (
        <div className={css['away']}>
          <Icon name="wifiOff" />
          {text.away}
          <Button isSmall onClick={() => void askAgain()}>
            {text.tryNow}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Loaded when it is first opened. */
function LazyPalette() {
  const isOpen = useSignal(isPaletteOpen);
  const [isWanted, setWanted] = useState(false);
  useEffect(() => {
    if (isOpen) setWanted(true);
  }, [isOpen]);
  if (!isWanted) return null;
  return (
    <Suspense fallback={null}>
      <Palette />
    </Suspense>
  );
}
