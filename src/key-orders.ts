/** By what keys are sorted. */
export const KEY_ORDERS = [
  'createdAt',
  '-createdAt',
  'name',
  '-name',
  'lastUsedAt',
  '-lastUsedAt',
  'expiresAt',
  '-expiresAt',
] as const;

export type KeyOrder = (typeof KEY_ORDERS)[number];
