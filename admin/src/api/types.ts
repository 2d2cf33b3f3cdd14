import type { components, paths } from './schema.js';

type JsonOf<Response> = Response extends { content: { 'application/json': infer Body } }
  ? Body
  : never;
type Method = 'get' | 'post' | 'patch' | 'delete';
type Success = 200 | 201 | 202;

/**
 * What a route answers when it goes well.
 * @public
 */
export type Answer<
  Path extends keyof paths,
  Verb extends Method & keyof paths[Path],
> = paths[Path][Verb] extends { responses: infer Responses }
  ? { [Status in Success & keyof Responses]: JsonOf<Responses[Status]> }[Success & keyof Responses]
  : never;

/**
 * What a route takes.
 * @public
 */
export type Body<
  Path extends keyof paths,
  Verb extends Method & keyof paths[Path],
> = paths[Path][Verb] extends { requestBody?: { content: { 'application/json': infer Sent } } }
  ? Sent
  : never;

/**
 * A key, as the API shows it.
 * @public
 */
export type Key = components['schemas']['Key'];

/**
 * The replacement of a secret, as the API shows it.
 * @public
 */
export type Rotation = Answer<'/v1/rotations/{id}', 'get'>;

/**
 * A rotation of a list.
 * @public
 */
export type RotationItem = Answer<'/v1/rotations', 'get'>['items'][number];

/**
 * An event of the audit trail.
 * @public
 */
export type EventItem = components['schemas']['Event'];

/**
 * Checks of an hour or a day, by outcome.
 * @public
 */
export type UsageItem = components['schemas']['Usage'];

/**
 * A program that calls with a key.
 * @public
 */
export type ConsumerItem = Answer<'/v1/keys/{id}/consumers', 'get'>['items'][number];
