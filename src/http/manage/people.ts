import type { Person } from '../../people-views.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route, type Said } from '../route.js';
import { closed, pageOf, pageQuery, Text } from '../schemas.js';
import {
  changeablePerson,
  Email,
  InvitedSchema,
  PersonSchema,
  Role,
  SessionItemSchema,
} from '../session/schemas.js';

const PERSON: AnswerShape = { kind: 'json', schema: PersonSchema, what: 'The person.' };
const INVITED: AnswerShape = {
  kind: 'json',
  schema: InvitedSchema,
  what: 'The person, and the link that sets a password: it is shown once.',
};

/**
 * Who may sign in to the admin pages.
 * @public
 */
export const peopleRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/people',
    access: 'people:write',
    confirm: true,
    summary: 'Let a person in: makes an account, and the link that sets its password.',
    body: closed({ ...changeablePerson, name: Text, email: Email, role: Role }),
    query: NO_FIELDS,
    answers: { 201: INVITED },
    problems: [404, 409, 422],
    async handle({ management, body, idempotencyKey }) {
      return { status: 201, value: await management.people.create(body, { idempotencyKey }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/people',
    access: 'people:read',
    summary: 'List people, in the order in which they were let in.',
    body: NO_FIELDS,
    query: closed(pageQuery),
    answers: { 200: { kind: 'json', schema: pageOf(PersonSchema), what: 'One page of people.' } },
    async handle({ management, query }) {
      return { status: 200, value: await management.people.list(query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/people/{id}',
    access: 'people:read',
    summary: 'Read a person.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 200: PERSON },
    async handle({ management, params }) {
      return say(await management.people.get(params['id'] ?? ''));
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/people/{id}',
    access: 'people:write',
    confirm: true,
    summary: 'Change a person; what is absent stays.',
    body: closed(changeablePerson),
    query: NO_FIELDS,
    answers: { 200: PERSON },
    problems: [409, 412, 422],
    async handle({ management, params, body, ifMatch }) {
      return say(await management.people.update(params['id'] ?? '', body, { ifMatch }));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/people/{id}',
    access: 'people:write',
    confirm: true,
    summary: 'Let a person in no more: ends its sessions and erases what is known of it.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 204: { kind: 'empty', what: 'The person is removed.' } },
    problems: [409, 412],
    async handle({ management, params, ifMatch }) {
      await management.people.remove(params['id'] ?? '', { ifMatch });
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/people/{id}/sessions',
    access: 'people:read',
    summary: 'List the sessions of a person, newest first.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: {
      200: { kind: 'json', schema: pageOf(SessionItemSchema), what: 'All that go on.' },
    },
    async handle({ management, params }) {
      return { status: 200, value: await management.people.sessions(params['id'] ?? '') };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/people/{id}/invite',
    access: 'people:write',
    confirm: true,
    summary: 'Make a new link for a person, also for a lost password. Old links open nothing.',
    body: NO_FIELDS,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: { 201: INVITED },
    async handle({ management, params }) {
      return { status: 201, value: await management.people.invite(params['id'] ?? '') };
    },
  }),
];

function say(person: Person): Said {
  return { status: 200, value: person, headers: { etag: `"${person.version}"` } };
}
