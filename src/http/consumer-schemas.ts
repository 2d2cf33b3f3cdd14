import Type from 'typebox';
import { closed, Time } from './schemas.js';

const times = { count: Type.Integer(), firstUsedAt: Time, lastUsedAt: Time };

/** Who uses a key. */
export const ConsumersSchema = closed({
  items: Type.Array(
    closed({
      id: Type.String(),
      label: Type.String(),
      ...times,
      secrets: Type.Array(
        closed({
          secret: Type.Integer(),
          outcome: Type.Enum(['valid', 'browned_out', 'refused']),
          ...times,
        }),
      ),
    }),
  ),
  isWhole: Type.Boolean(),
});
