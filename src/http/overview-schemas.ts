import Type, { type TProperties } from 'typebox';
import { closed, nullable, Texts, Time } from './schemas.js';

const named = { key: Type.String(), name: Type.String(), keyspace: Type.String() };
const ofRotation = { rotation: Type.String(), ...named };
const Count = Type.Integer();

/** How many there are, and the first of them. */
function few<Properties extends TProperties>(item: Properties) {
  return closed({ count: Count, isAtLeast: Type.Boolean(), items: Type.Array(closed(item)) });
}

export const OverviewSchema = closed({
  keyspace: nullable(Type.String()),
  at: Time,
  rotations: nullable(
    closed({
      countedAt: Time,
      open: Count,
      waiting: few({
        ...ofRotation,
        step: Type.String(),
        state: Type.String(),
        why: Type.String(),
        since: Time,
      }),
      stragglers: few({
        ...ofRotation,
        consumerCount: Count,
        consumers: Texts,
        deadline: nullable(Time),
        since: Time,
      }),
      deliveries: few({
        ...ofRotation,
        destination: nullable(Type.String()),
        class: Type.String(),
        message: Type.String(),
        tries: Count,
        retryAt: nullable(Time),
        since: Time,
      }),
      cohort: closed({ told: Count, opened: Count, used: Count, silent: Count }),
    }),
  ),
  keys: nullable(
    closed({
      countedAt: Time,
      expiring: few({ ...named, expiresAt: Time }),
      pastPolicy: few({ ...named, since: Time }),
      secretAges: Type.Array(closed({ fromDays: Count, toDays: nullable(Count), count: Count })),
    }),
  ),
  notices: nullable(
    closed({
      dead: few({
        notice: Type.String(),
        keyspace: Type.String(),
        kind: Type.String(),
        recipient: Type.String(),
        message: nullable(Type.String()),
        since: Time,
      }),
    }),
  ),
  checks: nullable(
    closed({
      hours: Type.Array(
        closed({
          start: Time,
          total: Count,
          valid: Count,
          refused: Type.Object({}, { description: 'by code: counts', additionalProperties: true }),
          perSecond: Type.Number(),
        }),
      ),
    }),
  ),
});
