/**
 * Every scope a management key may hold, besides `*` and `<resource>:*`.
 * @public
 */
export const MANAGEMENT_SCOPES: readonly string[] = [
  'keys:read',
  'keys:write',
  'keys:rotate',
  'keys:revoke',
  'keys:verify',
  'keyspaces:read',
  'keyspaces:write',
  'owners:read',
  'owners:write',
  'policies:read',
  'policies:write',
  'rotations:read',
  'rotations:write',
  'destinations:read',
  'destinations:write',
  'channels:read',
  'channels:write',
  'people:read',
  'people:write',
  'events:read',
  'usage:read',
  'metrics:read',
];
