import { Link } from '@tanstack/react-router';
import { base } from '../api/base.js';
import { api, done } from '../api/client.js';
import { appText as text } from '../messages/en/app.js';
import { sessionText } from '../messages/en/session.js';
import { navigation } from '../pages/navigation.js';
import { useCan, useSession } from '../session/use-session.js';
import { useSignal } from '../state/signal.js';
import { chooseTheme, theme } from '../theme/theme.js';
import { faultWords } from '../ui/fault-words.js';
import { Icon } from '../ui/icon.js';
import { Menu, MenuChoice, MenuItem, MenuLine } from '../ui/menu.js';
import { tellFault } from '../ui/toasts.js';
import css from './frame.module.css';
import { isPaletteOpen } from './palette-open.js';

const THEMES = [
  { value: 'system', label: text.system, icon: 'monitor' },
  { value: 'light', label: text.light, icon: 'sun' },
  { value: 'dark', label: text.dark, icon: 'moon' },
] as const;

/** The list of pages, and who is looking at them. */
export function Side({ onGo }: { readonly onGo?: () => void }) {
  const can = useCan();
  return (
    <div className={css['sideInside']}>
      <Link to="/" className={css['brand']} onClick={onGo}>
        <span className={css['mark']}>
          <Icon name="key" size={15} />
        </span>
        {text.name}
      </Link>
      <button type="button" className={css['searchOpen']} onClick={() => isPaletteOpen.set(true)}>
        <Icon name="search" size={14} />
        {text.palette}
        <kbd>{text.paletteKeysShort}</kbd>
      </button>
      <nav className={css['nav']} aria-label={text.nav}>
        {navigation
          .filter(({ scope }) => can(scope))
          .map(({ to, label, icon }) => (
            <Link key={to} to={to} className={css['link']} onClick={onGo}>
              <Icon name={icon} />
              {label}
            </Link>
          ))}
      </nav>
      <Account />
    </div>
  );
}

function Account() {
  const { person, method } = useSession();
  const chosen = useSignal(theme);
  const trigger = (
    <button type="button" className={css['account']} aria-label={text.account}>
      <span className={css['face']} aria-hidden="true">
        {initialsOf(person.name)}
      </span>
      <span className={css['who']}>
        <span>{person.name}</span>
        <span className={css['role']}>{sessionText.roles[person.role]}</span>
      </span>
    </button>
  );
  return (
    <Menu trigger={trigger} side="top" align="start">
      <MenuChoice label={text.theme} value={chosen} choices={THEMES} onChoose={chooseTheme} />
      <MenuLine />
      <MenuItem
        icon="info"
        onChoose={() => window.open(new URL('docs', base), '_blank', 'noopener')}
      >
        {text.docs}
      </MenuItem>
      {method !== 'host' && (
        <MenuItem icon="signOut" onChoose={() => void signOut()}>
          {sessionText.signOut}
        </MenuItem>
      )}
    </Menu>
  );
}

/** Leaves with an empty page: nothing of what was shown is kept. */
async function signOut(): Promise<void> {
  try {
    await done(api.DELETE('/v1/session'));
    location.assign(new URL('admin/sign-in', base));
  } catch (error) {
    const { title, todo } = faultWords(error);
    tellFault(title, todo);
  }
}

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  const first = words.at(0)?.charAt(0) ?? '?';
  const last = words.length > 1 ? (words.at(-1)?.charAt(0) ?? '') : '';
  return `${first}${last}`.toUpperCase();
}
