import { createHash } from 'node:crypto';
import type { Keyturn } from '../../src/public.js';
import { deadNotice } from '../setup/dead-notice.js';
import type { Fleet } from '../setup/fleet.js';
import { type PeopleNames, peopleIn } from './tenant-people.js';

/** By what a tenant's things are named in requests. No name stands in another. */
export interface Names extends PeopleNames {
  readonly keyspaceId: string;
  readonly keyspace: string;
  readonly keyId: string;
  /** Of a key that is to be revoked, and of one that is. */
  readonly doomedId: string;
  readonly endedId: string;
  readonly managerId: string;
  readonly owner: string;
  readonly plaintext: string;
  readonly policy: string;
  /** Rotations: to be approved, collected, aborted, rolled back, observed, and ended. */
  readonly askedId: string;
  readonly approvedId: string;
  readonly abortedId: string;
  readonly rolledId: string;
  readonly observedId: string;
  readonly endingId: string;
  readonly destinationId: string;
  /** Of a destination that is to be deleted. */
  readonly leftId: string;
  readonly channelId: string;
  /** Of a channel that is to be deleted. */
  readonly unusedId: string;
  readonly noticeId: string;
}

/** One request of a tenant. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** Everything that a tenant may ask with its names, each at least once. */
export function sessionOf(names: Names): readonly Sent[] {
  const { keyspace, keyspaceId, keyId, doomedId, endedId, managerId, owner, plaintext } = names;
  const get = (path: string): Sent => ({ method: 'GET', path });
  const send = (method: string, path: string, body: object): Sent => {
    return { method, path, body: JSON.stringify(body) };
  };
  const post = (path: string, body: object = {}) => send('POST', path, body);
  const inIt = `keyspace=${keyspace}`;
  return [
    ...[keyspace, keyspaceId].flatMap((place) => [
      post('/v1/keys', { name: 'made', keyspace: place }),
      post('/v1/keys/import', { rows: [importRow(place)], keyspace: place }),
      get(`/v1/keys?keyspace=${place}&owner=${owner}`),
      post('/v1/keys/verify', { plaintext, keyspace: place }),
      get(`/v1/keyspaces/${place}`),
      send('PATCH', `/v1/keyspaces/${place}`, { storeLoss: '1s' }),
      get(`/v1/owners?keyspace=${place}`),
      get(`/v1/events?keyspace=${place}&subject=${keyId}`),
      get(`/v1/events/verify?keyspace=${place}`),
      get(`/v1/usage?keyspace=${place}&key=${keyId}`),
      get(`/v1/keys/import/report?keyspace=${place}`),
      get(`/v1/overview?keyspace=${place}`),
      get(`/v1/live?keyspace=${place}`),
    ]),
    ...rotationsIn(names),
    ...destinationsIn(names),
    ...channelsIn(names),
    ...peopleIn(names),
    post('/v1/keys/find', { plaintext }),
    post('/v1/leaks', { reports: [{ plaintext }] }),
    get(`/v1/keys?maker=${managerId}`),
    get(`/v1/events?subject=${keyId}`),
    get(`/v1/usage?key=${keyId}`),
    get(`/v1/keys/${keyId}`),
    get(`/v1/keys/${keyId}/consumers`),
    send('PATCH', `/v1/keys/${keyId}`, { tags: ['seen'] }),
    post('/v1/keys/bulk', { ids: [keyId], act: 'tag', tags: ['many'] }),
    post(`/v1/keys/${keyId}/disable`),
    post(`/v1/keys/${keyId}/enable`),
    post(`/v1/keys/${doomedId}/revoke`, { reason: 'over' }),
    { method: 'DELETE', path: `/v1/keys/${endedId}` },
    post('/v1/owners', { id: 'new', keyspace }),
    get(`/v1/owners/${owner}?${inIt}`),
    send('PATCH', `/v1/owners/${owner}?${inIt}`, { locale: 'de' }),
    post(`/v1/owners/${owner}/erase?${inIt}`),
    get(`/v1/usage?${inIt}&owner=${owner}`),
  ];
}

/** The same of rotations and policies. */
function rotationsIn(names: Names): readonly Sent[] {
  const { keyspace, keyId, policy } = names;
  const { askedId, approvedId, abortedId, rolledId, observedId, endingId } = names;
  const post = (path: string, body: object = {}): Sent => {
    return { method: 'POST', path, body: JSON.stringify(body) };
  };
  const inIt = `keyspace=${keyspace}`;
  const reason = 'It is said.';
  return [
    post(`/v1/keys/${keyId}/rotate`),
    post('/v1/rotations', { keyspace, compromised: true, reason, dryRun: true }),
    { method: 'GET', path: `/v1/rotations?${inIt}&key=${keyId}` },
    { method: 'GET', path: `/v1/rotations/${observedId}` },
    post(`/v1/rotations/${askedId}/approve`),
    post(`/v1/rotations/${approvedId}/retry`),
    post(`/v1/rotations/${abortedId}/abort`),
    post(`/v1/rotations/${rolledId}/rollback`),
    post(`/v1/rotations/${observedId}/skip`),
    post(`/v1/rotations/${observedId}/extend`, { until: '40d' }),
    post(`/v1/rotations/${observedId}/waive`, { consumer: 'curl', reason }),
    post(`/v1/rotations/${endingId}/finish`),
    post(`/v1/rotations/${endingId}/undo`),
    post('/v1/policies', { name: 'made', keyspace }),
    post('/v1/policies/test', { file: 'policy: filed', keyspace }),
    post('/v1/policies/apply', { file: 'policy: filed', keyspace }),
    { method: 'GET', path: `/v1/policies?${inIt}` },
    { method: 'GET', path: `/v1/policies/${policy}?${inIt}` },
    { method: 'GET', path: `/v1/policies/${policy}/calendar?${inIt}` },
    { method: 'PATCH', path: `/v1/policies/${policy}?${inIt}`, body: '{"selfRotation":false}' },
    { method: 'DELETE', path: `/v1/policies/${policy}?${inIt}` },
  ];
}

/** The same of destinations. */
function destinationsIn({ keyspace, keyId, destinationId, leftId }: Names): readonly Sent[] {
  const input = { name: 'made', key: keyId, kind: 'command', settings: { command: 'vending' } };
  const place = `/v1/destinations/${destinationId}`;
  return [
    { method: 'POST', path: '/v1/destinations', body: JSON.stringify(input) },
    { method: 'GET', path: `/v1/destinations?keyspace=${keyspace}&key=${keyId}` },
    { method: 'GET', path: place },
    { method: 'PATCH', path: place, body: '{"position":7}' },
    { method: 'POST', path: `${place}/test` },
    { method: 'DELETE', path: `/v1/destinations/${leftId}` },
  ];
}

/** The same of channels and notices. */
function channelsIn({ keyspace, channelId, unusedId, noticeId }: Names): readonly Sent[] {
  const place = `/v1/channels/${channelId}`;
  const input = { name: 'made', keyspace, kind: 'mail', addresses: ['ops@acme.example'] };
  return [
    { method: 'POST', path: '/v1/channels', body: JSON.stringify(input) },
    { method: 'GET', path: place },
    { method: 'PATCH', path: place, body: '{"addresses":["on-call@acme.example"]}' },
    { method: 'POST', path: `${place}/test`, body: '{}' },
    { method: 'DELETE', path: `/v1/channels/${unusedId}` },
    { method: 'POST', path: `/v1/notices/${noticeId}/retry`, body: '{}' },
  ];
}

/** Channels of a tenant, and a notice that was given up. */
export async function newChannels(fleet: Fleet, keyspace: string) {
  const { channels } = fleet.at(0).keyturn;
  const input = { keyspace, kind: 'mail', addresses: ['ops@acme.example'] } as const;
  const { id: channelId } = await channels.create({ ...input, name: 'ops' });
  const { id: unusedId } = await channels.create({ ...input, name: 'unused' });
  return { channelId, unusedId, noticeId: await deadNotice(fleet, keyspace) };
}

/** Destinations of a tenant's key. */
export async function newDestinations(keyturn: Keyturn, key: string) {
  const to = { key, kind: 'command', settings: { command: 'vending' } };
  const { id: destinationId } = await keyturn.destinations.create({ ...to, name: 'app' });
  const { id: leftId } = await keyturn.destinations.create({ ...to, name: 'left' });
  return { destinationId, leftId };
}

/** Rotations of a tenant's keys, each where a verb is possible. */
export async function newRotations(keyturn: Keyturn, keyspace: string) {
  const brownouts = { after: '7d', for: '5m', share: [1] };
  await keyturn.policies.create({ name: 'asked', keyspace, approval: { approvers: 1 } });
  await keyturn.policies.create({ name: 'tried', keyspace, brownouts });
  const begun = async (policy: string): Promise<string> => {
    const made = await keyturn.keys.create({ name: 'rotated', keyspace, policy });
    const sender = { address: '203.0.113.7', userAgent: 'curl/8.5' };
    await keyturn.verify({ plaintext: made.plaintext, keyspace, ...sender });
    const answer = await keyturn.keys.rotate(made.key.id);
    if ('plan' in answer) throw new Error('There is no rotation.');
    return answer.rotation.id;
  };
  const approvedId = await begun('asked');
  const another = keyturn.as({ actor: { kind: 'admin', id: 'bo' } });
  await another.rotations.approve(approvedId);
  return {
    askedId: await begun('asked'),
    approvedId,
    abortedId: await begun('asked'),
    rolledId: await begun('tried'),
    observedId: await begun('tried'),
    endingId: await begun('tried'),
  };
}

function importRow(id: string) {
  return { id, name: 'imported', sha256: createHash('sha256').update(id).digest('hex') };
}
