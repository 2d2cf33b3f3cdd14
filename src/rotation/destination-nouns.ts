import type {
  DestinationInput,
  DestinationPatch,
  DestinationQuery,
  Destinations,
} from '../destination-views.js';
import {
  type Form,
  type Forms,
  isObject,
  objectOf,
  required,
  type Told,
  text,
  wholeNumber,
} from '../form.js';
import type { Act } from '../lifecycle/context.js';
import * as forms from '../lifecycle/input-forms.js';
import { withRightsOfNow } from '../lifecycle/rights-now.js';
import {
  createDestination,
  deleteDestination,
  getDestination,
  listDestinations,
  testDestination,
  updateDestination,
} from './destinations.js';
import type { Engine } from './engine.js';
import { PAGE } from './input-forms.js';

// What destinations take, in the words of the HTTP API.

const MAX_POSITION = 1_000;

/** Which fields it has is said by its kind. */
const settings: Form = { wanted: 'an object of settings', fits: isObject };
const patch: Forms<DestinationPatch> = {
  name: text,
  settings,
  position: wholeNumber(`a whole number from 0 to ${MAX_POSITION}`, 0, MAX_POSITION),
};
const input: Forms<DestinationInput> = {
  ...patch,
  name: required(text),
  key: required({ ...text, wanted: 'the id of a key' }),
  kind: required({ ...text, wanted: 'a kind of destination like "dotenv"' }),
  settings: required(settings),
};
const query: Forms<DestinationQuery> = { ...PAGE, keyspace: text, key: text };

const INPUT = required(objectOf(input, { fieldIs: 'a field of a destination' }));
const PATCH = required(objectOf(patch, { fieldIs: 'a field of a destination that can change' }));
const QUERY = objectOf(query);

type Begin = (...told: readonly Told[]) => Promise<{ readonly engine: Engine; readonly act: Act }>;

/** What a caller may do with destinations. */
export function destinationsOf(begin: Begin): Destinations {
  return {
    create: async (told, options = {}) => {
      const { engine, act } = await begin([INPUT, told], [forms.WRITE, options]);
      const call = { input: told, options };
      return withRightsOfNow(act, (now) => createDestination(engine, now, call));
    },
    get: async (id) => getDestination((await begin([forms.ID, { id }])).act, id),
    list: (told = {}) => listDestinations(async () => (await begin([QUERY, told])).act, told),
    update: async (id, told, options = {}) => {
      const rest = [
        [PATCH, told],
        [forms.UPDATE, options],
      ] as const;
      const { engine, act } = await begin([forms.ID, { id }], ...rest);
      const call = { id, patch: told, options };
      return withRightsOfNow(act, (now) => updateDestination(engine, now, call));
    },
    delete: async (id, options = {}) => {
      const { act } = await begin([forms.ID, { id }], [forms.UPDATE, options]);
      return withRightsOfNow(act, (now) => deleteDestination(now, id, options));
    },
    test: async (id) => {
      const { engine, act } = await begin([forms.ID, { id }]);
      return testDestination(engine, act, id);
    },
  };
}
