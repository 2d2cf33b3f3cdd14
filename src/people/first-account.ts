import { InternalError, UnprocessableError } from '../errors.js';
import { newPersonId } from '../keys/id.js';
import type { Act } from '../lifecycle/context.js';
import { beginSetup, requireSetupNeeded } from '../lifecycle/setup.js';
import type { FirstAccount, SignInFrom } from '../people-views.js';
import type { PersonRecord } from '../store/people.js';
import { faultsInPerson } from './account-input.js';
import { faultsInPassword, hashOf } from './password.js';
import { managementOf, recordPerson } from './people-events.js';
import { planSession } from './sessions.js';
import type { Begun } from './sign-in.js';

/**
 * Uses the set-up link: makes the first admin's account, and signs in.
 * @throws {SetupRefusedError} the link is unknown, used or late, or somebody may act already.
 * @public
 */
export async function beginWithAccount(
  act: Act,
  token: string,
  {
    account,
    hasKey,
    from,
  }: { readonly account: FirstAccount; readonly hasKey: boolean; readonly from: SignInFrom },
) {
  await requireSetupNeeded(act); // First: who has no link gets no slow hash of us.
  const faults = [...faultsInPerson(account), ...faultsInPassword(account.password, '/password')];
  if (faults.length > 0) {
    throw new UnprocessableError(
      faults.map((fault) => ({ ...fault, pointer: `/account${fault.pointer}` })),
    );
  }
  const password = await hashOf(account.password, act.lifecycle);
  const keyspace = await managementOf(act.lifecycle);
  const person = personOf(act, account, password);
  let begun: Begun | undefined;
  const { made } = await beginSetup(act, token, {
    hasKey,
    beside: async () => {
      const how = { keyspace, method: 'password', provider: null, from } as const;
      const { token: own, session, change } = await planSession(act, person, how);
      begun = { token: own, session, person };
      const put = { kind: 'put_person', person, expectedVersion: 0, keepsAdmin: false } as const;
      const facts = { keyspace, before: null, after: person };
      const { event, personal } = recordPerson(act, 'person.created', facts);
      return { writes: [put, ...change.writes], events: [event, ...change.events], personal };
    },
  });
  if (begun === undefined) throw new InternalError('No session was planned.');
  return { made, begun };
}

function personOf(
  { lifecycle: { nowMs, ports } }: Act,
  { name, email }: FirstAccount,
  password: string,
): PersonRecord {
  const timeMs = nowMs();
  const id = newPersonId({ nowMs: timeMs, random: ports.random });
  const admin = { role: 'admin', keyspaces: null, password } as const;
  const times = { signedInAt: timeMs, createdAt: timeMs, updatedAt: timeMs };
  return { id, name, email, ...admin, ...times, version: 1 };
}
