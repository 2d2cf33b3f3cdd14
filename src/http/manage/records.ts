import Type from 'typebox';
import { InvalidRequestError } from '../../errors.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import {
  ChainReportSchema,
  closed,
  EventSchema,
  keyspaceQuery,
  pageOf,
  pageQuery,
  Text,
  UsageSchema,
} from '../schemas.js';

const HEAD = '^[0-9]{1,15}:[A-Za-z0-9_-]{43}$';
const moment = { description: 'an RFC 3339 time, a date, or a duration back from now' };
const period = {
  from: Type.Optional(Type.String(moment)),
  to: Type.Optional(Type.String(moment)),
};

const ListEvents = closed({
  ...pageQuery,
  ...keyspaceQuery,
  ...period,
  subject: Type.Optional(Text),
  type: Type.Optional(Text),
});
const VerifyEvents = closed({
  ...keyspaceQuery,
  head: Type.Optional(
    Type.String({ pattern: HEAD, description: 'a head kept outside, as <number>:<hash>' }),
  ),
});
const ListUsage = closed({
  ...pageQuery,
  ...keyspaceQuery,
  ...period,
  key: Type.Optional(Text),
  owner: Type.Optional(Text),
  per: Type.Optional(Type.Enum(['hour', 'day'])),
  by: Type.Optional(Type.Enum(['key', 'secret', 'total'])),
});

/**
 * What happened and how much: the audit trail and the counts.
 * @public
 */
export const recordRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/events',
    access: 'events:read',
    summary: 'List the audit trail, newest first.',
    body: NO_FIELDS,
    query: ListEvents,
    answers: { 200: { kind: 'json', schema: pageOf(EventSchema), what: 'One page of events.' } },
    problems: [404, 422],
    async handle({ management, query }) {
      return { status: 200, value: await management.events.list(query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/events/verify',
    access: 'events:read',
    summary: "Verify each keyspace's chain of events from its first one.",
    body: NO_FIELDS,
    query: VerifyEvents,
    answers: {
      200: {
        kind: 'json',
        schema: closed({ items: Type.Array(ChainReportSchema) }),
        what: 'One report for each keyspace.',
      },
    },
    problems: [404],
    async handle({ management, query }) {
      const known = knownHeads(query);
      const items = await management.events.verify({ keyspace: query.keyspace, known });
      return { status: 200, value: { items } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/usage',
    access: 'usage:read',
    summary: 'Count checks by outcome, per hour or day, of keys, secrets or all together.',
    body: NO_FIELDS,
    query: ListUsage,
    answers: { 200: { kind: 'json', schema: pageOf(UsageSchema), what: 'One page of counts.' } },
    problems: [404, 422],
    async handle({ management, query }) {
      return { status: 200, value: await management.usage.list(query) };
    },
  }),
];

/** A head that was kept outside the database, of the one keyspace that is verified. */
function knownHeads(query: { readonly keyspace?: string; readonly head?: string }) {
  const { keyspace, head } = query;
  if (head === undefined) return undefined;
  if (keyspace === undefined) {
    const fix = 'Name the keyspace whose head it is.';
    throw new InvalidRequestError([{ pointer: '/keyspace', message: 'is missing.', fix }]);
  }
  const [number = '', hash = ''] = head.split(':');
  return [{ keyspace, head: { number: Number(number), hash } }];
}
