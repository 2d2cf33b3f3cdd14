/**
 * What a person may do, in one word. The table of their scopes is people/roles.ts.
 * @public
 */
export type Role = 'viewer' | 'auditor' | 'operator' | 'admin';
