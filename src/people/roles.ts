import type { Role } from '../keys/role.js';

const VIEWER = [
  'keys:read',
  'keyspaces:read',
  'owners:read',
  'policies:read',
  'destinations:read',
  'channels:read',
  'rotations:read',
  'usage:read',
] as const;

/**
 * Who may do what: the one table. A role is a set of scopes, and nothing else.
 */
export const SCOPES_OF: Readonly<Record<Role, readonly string[]>> = {
  viewer: VIEWER,
  auditor: [...VIEWER, 'events:read', 'people:read'],
  operator: [...VIEWER, 'events:read', 'keys:write', 'keys:rotate', 'keys:revoke', 'owners:write'],
  admin: ['*'],
};

/**
 * The same, as a list.
 * @public
 */
export function rolesTable(): readonly { role: Role; scopes: readonly string[] }[] {
  return Object.entries(SCOPES_OF).flatMap(([role, scopes]) =>
    isRole(role) ? [{ role, scopes }] : [],
  );
}

/**
 * What a role may do.
 * @public
 */
export function scopesOf(role: Role): readonly string[] {
  return SCOPES_OF[role];
}

/**
 * Whether a text names a role.
 * @public
 */
export function isRole(text: unknown): text is Role {
  return typeof text === 'string' && Object.hasOwn(SCOPES_OF, text);
}
