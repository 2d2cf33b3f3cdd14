import { requireForms } from './form.js';
import type { Lifecycle } from './lifecycle/context.js';
import { rightsOf } from './lifecycle/rights.js';
import { createSetupToken, isSetupNeeded, redeemSetupToken } from './lifecycle/setup.js';
import { beginWithAccount } from './people/first-account.js';
import { SETUP } from './people/people-forms.js';
import type { Caller } from './public.js';
import type { Setup } from './setup-views.js';
import { viewOf } from './sign-in.js';

const NOWHERE = { address: undefined, agent: undefined };

/** The first steps of a new installation. */
export function setupOf(open: () => Promise<Lifecycle>, caller: Caller): Setup {
  const act = async () => ({ lifecycle: await open(), rights: rightsOf(caller) });
  const byLink = async () => {
    const rights = rightsOf({ actor: { kind: 'admin', id: 'setup-link' } });
    return { lifecycle: await open(), rights };
  };
  const redeem: Setup['redeem'] = async (token) => {
    const made = await redeemSetupToken(await byLink(), token);
    return { key: made.key, plaintext: made.plaintext.reveal() };
  };
  return {
    isNeeded: async () => isSetupNeeded(await act()),
    createToken: async () => {
      const { token, expiresAt } = await createSetupToken(await act());
      return { token: token.reveal(), expiresAt };
    },
    redeem,
    begin: async (token, input, from = NOWHERE) => {
      requireForms([SETUP, input]);
      const { account, key = account === undefined } = input;
      if (account === undefined) return redeem(token);
      const by = await byLink();
      const { made, begun } = await beginWithAccount(by, token, { account, hasKey: key, from });
      const root = made === null ? {} : { key: made.key, plaintext: made.plaintext.reveal() };
      return { ...root, ...viewOf(begun, by.lifecycle.nowMs()) };
    },
  };
}
