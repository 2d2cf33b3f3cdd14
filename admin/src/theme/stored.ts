/** How the pages look: as the system does, or always so. */
export type Theme = 'system' | 'light' | 'dark';

const NAME = 'keyturn-theme';

/** The theme that was chosen here; the system's where none was, or nothing may be kept. */
export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(NAME);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}

/** Shows a theme, and keeps it where that is allowed. */
export function writeTheme(theme: Theme): void {
  showTheme(theme);
  try {
    if (theme === 'system') localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, theme);
  } catch {
    // Nothing may be kept here: it is shown until the page is left.
  }
}

function showTheme(theme: Theme): void {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset['theme'] = theme;
}
