import { deadNotice } from '../setup/dead-notice.js';
import type { Fleet } from '../setup/fleet.js';
import { rotate } from '../setup/rotating.js';

const OTHER = { actor: { kind: 'admin', id: 'another person' } } as const;

/** What destinations of a test may reach. */
export const VENDING = { commands: { vending: { write: ['/bin/cat'] } } };
const toVending = { kind: 'command', settings: { command: 'vending' } };

/** A good request to each route about rotations and policies: what it is about, and its body. */
export async function rotationAttempts(
  fleet: Fleet,
): Promise<Readonly<Record<string, readonly [string, object]>>> {
  const { keyturn } = fleet.at(0);
  const terms = { approval: { approvers: 1 } };
  await keyturn.policies.create({ name: 'approved', ...terms });
  const brownouts = { after: '7d', for: '5m', share: [1, 10] };
  await keyturn.policies.create({ name: 'tried', brownouts });
  await keyturn.policies.create({ name: 'unnamed' });
  const asked = await waiting(fleet);
  const approved = await waiting(fleet);
  await keyturn.as(OTHER).rotations.approve(approved);
  const observed = await used(fleet);
  const disabled = await used(fleet);
  await keyturn.rotations.finish(disabled);
  const leaky = await fleet.at(0).issue({ owner: 'leaky' });
  const key = leaky.key.id;
  const found = [{ plaintext: leaky.plaintext }];
  const made = await keyturn.destinations.create({ ...toVending, name: 'app', key });
  const destination = made.id;
  const why = { reason: 'It is said.' };
  const mail = { kind: 'mail', addresses: ['ops@acme.example'] } as const;
  const channel = (await keyturn.channels.create({ name: 'ops', ...mail })).id;
  return {
    'POST /v1/notices/{id}/retry': [await deadNotice(fleet), {}],
    'POST /v1/channels': ['', { name: 'thiefs', ...mail }],
    'PATCH /v1/channels/{id}': [channel, { addresses: ['thief@evil.example'] }],
    'POST /v1/channels/{id}/test': [channel, {}],
    'DELETE /v1/channels/{id}': [channel, {}],
    'POST /v1/leaks': ['', { reports: found }],
    'POST /v1/keys/{id}/rotate': [key, {}],
    'POST /v1/rotations': ['', { owner: 'leaky', compromised: true, ...why }],
    'POST /v1/rotations/{id}/approve': [asked, why],
    'POST /v1/rotations/{id}/abort': [asked, why],
    'POST /v1/rotations/{id}/retry': [approved, why],
    'POST /v1/rotations/{id}/skip': [observed, why],
    'POST /v1/rotations/{id}/extend': [observed, { until: '40d' }],
    'POST /v1/rotations/{id}/waive': [observed, { consumer: 'curl', ...why }],
    'POST /v1/rotations/{id}/finish': [observed, why],
    'POST /v1/rotations/{id}/rollback': [observed, why],
    'POST /v1/rotations/{id}/undo': [disabled, why],
    'POST /v1/policies': ['', { name: 'thiefs' }],
    'POST /v1/policies/apply': ['', { file: 'policy: thiefs' }],
    'PATCH /v1/policies/{name}': ['tried', { overlap: { hard: '10d' } }],
    'DELETE /v1/policies/{name}': ['unnamed', {}],
    'POST /v1/destinations': ['', { ...toVending, name: 'thiefs', key }],
    'PATCH /v1/destinations/{id}': [destination, { name: 'thiefs' }],
    'DELETE /v1/destinations/{id}': [destination, {}],
  };
}

/** A rotation that another person has to approve. */
async function waiting(fleet: Fleet): Promise<string> {
  const { key } = await fleet.at(0).issue({ policy: 'approved' });
  const answer = await fleet.at(0).keyturn.keys.rotate(key.id);
  if (!('rotation' in answer)) throw new Error('There is no rotation.');
  return answer.rotation.id;
}

/** A rotation of a key that somebody uses. */
async function used(fleet: Fleet): Promise<string> {
  const made = await fleet.at(0).issue({ policy: 'tried' });
  await fleet.at(0).verify(made, { address: '203.0.113.7', userAgent: 'curl/8.5' });
  await fleet.passMs(2_000);
  for (let look = 0; look < 100; look += 1) {
    const dry = await fleet.at(0).keyturn.keys.rotate(made.key.id, { dryRun: true });
    if ('plan' in dry && dry.plan.consumers.length > 0) break;
    await fleet.passMs(500);
  }
  return (await rotate(fleet, made.key.id)).rotation.id;
}
