import type { Channels, Notices } from '../channel-views.js';
import { requireForms, type Told } from '../form.js';
import type { Act } from '../lifecycle/context.js';
import * as forms from '../lifecycle/input-forms.js';
import { rightsOf } from '../lifecycle/rights.js';
import { withRightsOfNow } from '../lifecycle/rights-now.js';
import type { Caller } from '../public.js';
import * as channelForms from './channel-forms.js';
import {
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  testChannel,
  updateChannel,
} from './channels.js';
import type { Engine } from './engine.js';
import { listNotices, retryNotice } from './outbox.js';

/**
 * What a caller may do with channels and notices, bound to its rights.
 * @public
 */
export function channelsOf(
  open: () => Promise<Engine>,
  caller: Caller,
): { readonly channels: Channels; readonly notices: Notices } {
  const rights = rightsOf(caller);
  const begin = async (...told: readonly Told[]): Promise<{ engine: Engine; act: Act }> => {
    requireForms(...told);
    const engine = await open();
    return { engine, act: { lifecycle: engine.lifecycle, rights } };
  };
  return {
    channels: {
      create: async (input, options = {}) => {
        const told = [
          [channelForms.CHANNEL, input],
          [forms.WRITE, options],
        ] as const;
        const { act, engine } = await begin(...told);
        const made = { ...options, ...configuredOf(engine) };
        return withRightsOfNow(act, (now) => createChannel(now, input, made));
      },
      get: async (id) => getChannel((await begin([forms.ID, { id }])).act, id),
      list: (query = {}) =>
        listChannels(async () => (await begin([channelForms.CHANNEL_QUERY, query])).act, query),
      update: async (id, patch, options = {}) => {
        const told = [
          [channelForms.CHANNEL_PATCH, patch],
          [forms.UPDATE, options],
        ] as const;
        const { act, engine } = await begin([forms.ID, { id }], ...told);
        const edit = { patch, options, ...configuredOf(engine) };
        return withRightsOfNow(act, (now) => updateChannel(now, id, edit));
      },
      delete: async (id, options = {}) => {
        const { act } = await begin([forms.ID, { id }], [forms.UPDATE, options]);
        return withRightsOfNow(act, (now) => deleteChannel(now, id, options));
      },
      test: async (id) => {
        const { engine, act } = await begin([forms.ID, { id }]);
        return withRightsOfNow(act, (now) => testChannel(engine, now, id));
      },
    },
    notices: {
      list: (query = {}) =>
        listNotices(async () => (await begin([channelForms.NOTICE_QUERY, query])).act, query),
      retry: async (id, options = {}) => {
        const { act } = await begin([forms.ID, { id }], [forms.WRITE, options]);
        return withRightsOfNow(act, (now) => retryNotice(now, id, options));
      },
    },
  };
}

function configuredOf({ sending: { connectionNames: connections, hasMail } }: Engine) {
  return { connections, hasMail };
}
