import Type from 'typebox';
import { ForbiddenError } from '../../errors.js';
import { METRICS_TYPE, metricsText } from '../metrics.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, nullable } from '../schemas.js';

const READINESS = closed({ ready: Type.Boolean(), code: nullable(Type.String()) });
const nothing = { body: NO_FIELDS, query: NO_FIELDS } as const;

/**
 * Whether the server lives, may answer, and how it does.
 * @public
 */
export const healthRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/healthz',
    access: 'public',
    summary: 'Whether the process answers. Never asks the database.',
    ...nothing,
    answers: {
      200: { kind: 'json', schema: closed({ alive: Type.Literal(true) }), what: 'It does.' },
    },
    handle: () => ({ status: 200, value: { alive: true } }),
  }),
  defineRoute({
    method: 'GET',
    path: '/readyz',
    access: 'public',
    summary: 'Whether answers may be given now.',
    ...nothing,
    answers: {
      200: { kind: 'json', schema: READINESS, what: 'They may.' },
      503: { kind: 'json', schema: READINESS, what: 'They may not; the code says why.' },
    },
    async handle({ keyturn }) {
      const readiness = await keyturn.readiness();
      return { status: readiness.ready ? 200 : 503, value: readiness };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/metrics',
    access: 'metrics:read',
    summary: 'Figures in the Prometheus text format, of all keyspaces together.',
    ...nothing,
    answers: { 200: { kind: 'text', mediaType: METRICS_TYPE, what: 'The figures.' } },
    handle({ keyturn, counters, caller }) {
      if (caller?.key.restrictions.keyspaces !== undefined) {
        throw new ForbiddenError(
          'The figures are of all keyspaces. Use a management key that is bound to none.',
        );
      }
      const text = metricsText([...keyturn.metrics(), ...counters.samples()]);
      return { status: 200, text };
    },
  }),
];
