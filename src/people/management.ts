import { requireForms, type Told } from '../form.js';
import type { Act, Lifecycle } from '../lifecycle/context.js';
import * as forms from '../lifecycle/input-forms.js';
import { rightsOf } from '../lifecycle/rights.js';
import type {
  InvitedPerson,
  People,
  PersonInput,
  ReplayedPerson,
  Sessions,
} from '../people-views.js';
import type { Caller, WriteOptions } from '../public.js';
import {
  createPerson,
  getPerson,
  invitePerson,
  listPeople,
  type NewlyInvited,
  removePerson,
  sessionsOf,
  updatePerson,
} from './accounts.js';
import { endSession, listOwn } from './own-session.js';
import * as peopleForms from './people-forms.js';

/**
 * What a caller may do with people and their sessions, bound to its rights. `linkOf` makes the
 * address that an invitation's token is opened at.
 * @public
 */
export function peopleOf(
  open: () => Promise<Lifecycle>,
  caller: Caller,
  linkOf: (token: string) => string,
): { readonly people: People; readonly sessions: Sessions } {
  const rights = rightsOf(caller);
  const begin = async (...told: readonly Told[]): Promise<Act> => {
    requireForms(...told);
    return { lifecycle: await open(), rights };
  };
  // The one moment the link is shown.
  const shown = ({ person, link }: NewlyInvited): InvitedPerson => {
    const url = linkOf(link.token.reveal());
    return { person, invitation: { url, expiresAt: link.expiresAt } };
  };
  async function create(input: PersonInput): Promise<InvitedPerson>;
  async function create(
    input: PersonInput,
    options: WriteOptions,
  ): Promise<InvitedPerson | ReplayedPerson>;
  async function create(input: PersonInput, options: WriteOptions = {}) {
    const act = await begin([peopleForms.PERSON, input], [forms.WRITE, options]);
    const { person, link } = await createPerson(act, input, options);
    return link === null ? { person, replayed: true as const } : shown({ person, link });
  }
  return {
    people: {
      create,
      get: async (id) => getPerson(await begin([forms.ID, { id }]), id),
      list: (query = {}) => listPeople(() => begin([forms.PAGE, query]), query),
      update: async (id, patch, options = {}) => {
        const told = [
          [peopleForms.PERSON_PATCH, patch],
          [forms.UPDATE, options],
        ] as const;
        const act = await begin([forms.ID, { id }], ...told);
        return updatePerson(act, id, { patch, options });
      },
      remove: async (id, options = {}) =>
        removePerson(await begin([forms.ID, { id }], [forms.UPDATE, options]), id, options),
      invite: async (id) => shown(await invitePerson(await begin([forms.ID, { id }]), id)),
      sessions: async (id) => sessionsOf(await begin([forms.ID, { id }]), id),
    },
    sessions: {
      list: async () => listOwn(await begin()),
      end: async (id) => endSession(await begin([forms.ID, { id }]), id),
    },
  };
}
