import type { LinkProps } from '@tanstack/react-router';
import { appText } from '../messages/en/app.js';
import type { IconName } from '../ui/icon.js';

/** A page that the list at the side leads to. */
interface NavigationEntry {
  readonly to: NonNullable<LinkProps['to']>;
  readonly label: string;
  readonly icon: IconName;
  /** Who may not see what is on it is not led there. */
  readonly scope: string;
}

/**
 * The pages, as they are listed at the side.
 * @public
 */
export const navigation: readonly NavigationEntry[] = [
  { to: '/overview', label: appText.pages.overview, icon: 'gauge', scope: 'keys:read' },
  { to: '/keys', label: appText.pages.keys, icon: 'key', scope: 'keys:read' },
  {
    to: '/rotations',
    label: appText.pages.rotations,
    icon: 'rotate',
    scope: 'rotations:read',
  },
  { to: '/audit', label: appText.pages.audit, icon: 'list', scope: 'events:read' },
];
