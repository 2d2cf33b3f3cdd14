import type { Fleet } from './fleet.js';
import { rotate } from './rotating.js';

/** A notice by mail, for which no server is set: it is given up at once. @returns its id. */
export async function deadNotice(fleet: Fleet, keyspace = 'default'): Promise<string> {
  const { keyturn } = fleet.at(0);
  const name = `told-${keyspace}`;
  const mail = { kind: 'mail', addresses: ['ops@acme.example'] } as const;
  await keyturn.channels.create({ name, keyspace, ...mail });
  await keyturn.policies.create({ name, keyspace, notify: { channels: [name] } });
  const { key } = await keyturn.keys.create({ name, keyspace, policy: name });
  await rotate(fleet, key.id);
  for (let look = 0; look < 300; look += 1) {
    await fleet.passMs(500);
    const { items } = await keyturn.notices.list({ state: 'dead' });
    const dead = items.find((one) => one.keyspace === keyspace);
    if (dead !== undefined) return dead.id;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('The notice was not given up.');
}
