import Type from 'typebox';
import { closed, nullable, Text } from './schemas.js';

const Method = Type.Enum(['GET', 'POST']);
const Statuses = Type.Array(Type.Integer({ minimum: 200, maximum: 499 }));
const Json = closed({
  pointer: Type.String({ description: 'a JSON pointer, as in "/status"' }),
  equals: Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
});
const Timeout = Type.String({ description: 'a duration like "5s"' });

/** How a policy says that a new secret is tried: one of the two. */
export const ProbeInputSchema = closed({
  http: Type.Optional(
    closed({
      url: Type.String(),
      method: Type.Optional(Method),
      header: Type.Optional(Text),
      scheme: Type.Optional(Text),
      expect: Type.Optional(
        closed({
          status: Type.Optional(Statuses),
          body: Type.Optional(Text),
          json: Type.Optional(Json),
        }),
      ),
      timeout: Type.Optional(Timeout),
    }),
  ),
  command: Type.Optional(Text),
});

/** The same, whole. */
export const PolicyProbeSchema = closed({
  http: nullable(
    closed({
      url: Type.String(),
      method: Method,
      header: nullable(Type.String()),
      scheme: nullable(Type.String()),
      expect: closed({
        status: Type.Array(Type.Integer()),
        body: nullable(Type.String()),
        json: nullable(Json),
      }),
      timeout: Timeout,
    }),
  ),
  command: nullable(Type.String()),
});

/** What a policy's probe would do. */
export const ProbePlanSchema = closed({
  place: Type.String(),
  problem: nullable(Type.String({ description: 'why it would not' })),
});
