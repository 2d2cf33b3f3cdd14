import type { TSchema } from 'typebox';
import { IsObject, IsOptional } from 'typebox/type';
import type { PublicSettings } from '../options.js';
import type { Route } from './route.js';
import {
  EventSchema,
  KeySchema,
  KeyspaceAnswerSchema,
  KeyspaceSchema,
  OwnerAnswerSchema,
  OwnerSchema,
  ProblemSchema,
  UsageSchema,
  VerifiedKeySchema,
} from './schemas.js';

const NAMED: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [KeySchema, 'Key'],
  [VerifiedKeySchema, 'VerifiedKey'],
  [KeyspaceSchema, 'Keyspace'],
  [KeyspaceAnswerSchema, 'KeyspaceAnswer'],
  [OwnerSchema, 'Owner'],
  [OwnerAnswerSchema, 'OwnerAnswer'],
  [EventSchema, 'Event'],
  [UsageSchema, 'Usage'],
  [ProblemSchema, 'Problem'],
]);
const SECURITY = [{ apiKeyHeader: [] }, { bearer: [] }, { apiKeyScheme: [] }];
const SESSION = { session: [] };
const PROBLEM_TEXT: Readonly<Record<number, string>> = {
  400: 'The request was not understood; or two credentials came with it.',
  401: 'No credential that is accepted.',
  403: 'The credential lacks a right, or is restricted.',
  404: 'Nothing there that the caller may see.',
  409: 'Not possible in this state; or it exists already; or it is still being answered.',
  412: 'The version in If-Match is not the current one.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'A value has a meaning that cannot be accepted.',
  429: 'Too many requests: wait as long as Retry-After says.',
  503: 'The truth cannot be had right now.',
};

/** The API's description (OpenAPI 3.1), made from the table of routes. */
export function openApiOf(routes: readonly Route[], settings: PublicSettings): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const operations = paths[route.path] ?? {};
    paths[route.path] = operations;
    const methods = route.method === 'ANY' ? ['get', 'post'] : [route.method.toLowerCase()];
    for (const method of methods) operations[method] = operationOf(route, method);
  }
  const server = `${settings.publicUrl ?? ''}${settings.basePath}`;
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyturn',
      version: '1',
      description: 'The life of an API key: issue, check, revoke, and prove it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server === '' ? '/' : server }],
    paths,
    components: { schemas: namedSchemas(), securitySchemes: securitySchemes() },
  };
}

function operationOf(route: Route, method: string): object {
  const hasScope = !['public', 'self', 'session', 'caller'].includes(route.access);
  return {
    operationId: operationIdOf(route, method),
    summary: route.summary,
    ...(hasScope && { description: `Needs the scope \`${route.access}\`.` }),
    security: securityOf(route),
    ...(route.confirm === true && { 'x-keyturn-confirm': true }),
    parameters: parametersOf(route),
    ...(route.takesBody && { requestBody: requestBodyOf(route) }),
    responses: responsesOf(route),
  };
}

function securityOf({ access, by }: Route): readonly object[] {
  if (access === 'public') return [];
  if (access === 'session') return [SESSION];
  return access === 'self' || by.kind === 'check' ? SECURITY : [...SECURITY, SESSION];
}

function operationIdOf(route: Route, method: string): string {
  const words = route.path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function parametersOf(route: Route): readonly object[] {
  const inPath = route.params.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const properties = IsObject(route.query) ? Object.entries(route.query.properties) : [];
  const inQuery = properties.map(([name, schema]) => ({
    name,
    in: 'query',
    required: !IsOptional(schema),
    schema: referenced(schema),
  }));
  return [...inPath, ...inQuery, ...headersOf(route)];
}

function headersOf({ method, access }: Route): readonly object[] {
  if (access === 'public' || access === 'session') return [];
  if (method === 'POST') return [headerOf('Idempotency-Key', 'Repeats answer the first result.')];
  if (method !== 'PATCH' && method !== 'DELETE') return [];
  return [headerOf('If-Match', 'The version that was read; another one is refused with 412.')];
}

function headerOf(name: string, description: string): object {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

function requestBodyOf(route: Route): object {
  const required = !(route.isBodyOptional ?? false);
  return { required, content: { 'application/json': { schema: referenced(route.body) } } };
}

function responsesOf(route: Route): object {
  const responses: Record<string, object> = {};
  for (const [status, shape] of Object.entries(route.answers)) {
    const description = shape.what;
    if (shape.kind === 'empty') responses[status] = { description };
    else if (shape.kind === 'text') {
      const content = { [shape.mediaType]: { schema: { type: 'string' } } };
      responses[status] = { description, content };
    } else {
      const content = { 'application/json': { schema: referenced(shape.schema) } };
      responses[status] = { description, content };
    }
  }
  for (const status of route.problems) {
    if (responses[status] !== undefined) continue;
    const description = PROBLEM_TEXT[status] ?? 'Refused.';
    responses[status] = { description, content: problemContent() };
  }
  responses['default'] = { description: 'A fault of the server.', content: problemContent() };
  return responses;
}

function problemContent(): object {
  return { 'application/problem+json': { schema: referenced(ProblemSchema) } };
}

function namedSchemas(): Record<string, unknown> {
  return Object.fromEntries([...NAMED].map(([schema, name]) => [name, copied(schema)]));
}

/** A schema with the named ones in it as references. */
function referenced(schema: TSchema): unknown {
  const name = NAMED.get(schema);
  return name === undefined ? copied(schema) : { $ref: `#/components/schemas/${name}` };
}

function copied(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(inner);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, inner(value)]));
}

function inner(value: unknown): unknown {
  const name = NAMED.get(value);
  return name === undefined ? copied(value) : { $ref: `#/components/schemas/${name}` };
}

function securitySchemes(): object {
  return {
    apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    bearer: { type: 'http', scheme: 'bearer' },
    apiKeyScheme: { type: 'http', scheme: 'Api-Key' },
    session: { type: 'apiKey', in: 'cookie', name: 'keyturn_session' },
  };
}
