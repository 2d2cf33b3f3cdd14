import { requireForms, type Told } from '../form.js';
import type { Act } from '../lifecycle/context.js';
import * as forms from '../lifecycle/input-forms.js';
import { rightsOf } from '../lifecycle/rights.js';
import { withRightsOfNow } from '../lifecycle/rights-now.js';
import type { Policies } from '../policy-views.js';
import type { Caller, Keys, WriteOptions } from '../public.js';
import type { Rotations, RotationVerb } from '../rotation-views.js';
import { rotateAll } from './emergency.js';
import type { Engine } from './engine.js';
import * as rotationForms from './input-forms.js';
import { createPolicy, deletePolicy, getPolicy, listPolicies, updatePolicy } from './policies.js';
import { actOn, getRotation, listRotations } from './rotations.js';
import { rotateKey } from './start.js';
import type { VerbInput } from './verbs.js';

function policiesOf(begin: (...told: readonly Told[]) => Promise<Act>): Policies {
  return {
    create: async (input, options = {}) => {
      const act = await begin([rotationForms.POLICY, input], [forms.WRITE, options]);
      return withRightsOfNow(act, (now) => createPolicy(now, input, options));
    },
    get: async (name, where = {}) =>
      getPolicy(await begin([forms.ID, { id: name }], [forms.PLACE, where]), name, where),
    list: (query = {}) => listPolicies(() => begin([rotationForms.POLICY_QUERY, query]), query),
    update: async (name, patch, options = {}) => {
      const told = [
        [rotationForms.POLICY_PATCH, patch],
        [forms.UPDATE_IN_PLACE, options],
      ] as const;
      const act = await begin([forms.ID, { id: name }], ...told);
      return withRightsOfNow(act, (now) => updatePolicy(now, name, { patch, options }));
    },
    delete: async (name, options = {}) => {
      const act = await begin([forms.ID, { id: name }], [forms.UPDATE_IN_PLACE, options]);
      return withRightsOfNow(act, (now) => deletePolicy(now, name, options));
    },
  };
}

/**
 * What a caller may do with rotations, bound to its rights.
 * @public
 */
export function rotationsOf(
  open: () => Promise<Engine>,
  caller: Caller,
): {
  readonly rotate: Keys['rotate'];
  readonly rotations: Rotations;
  readonly policies: Policies;
} {
  const rights = rightsOf(caller);
  const begin = async (...told: readonly Told[]): Promise<{ engine: Engine; act: Act }> => {
    requireForms(...told);
    const engine = await open();
    return { engine, act: { lifecycle: engine.lifecycle, rights } };
  };
  const verb =
    (name: RotationVerb) =>
    async (id: string, input: VerbInput = {}, options: WriteOptions = {}) => {
      const told = [
        [rotationForms.VERB[name], input],
        [forms.WRITE, options],
      ] as const;
      const { engine, act } = await begin([forms.ID, { id }], ...told);
      return withRightsOfNow(act, (now) => actOn(engine, now, { id, verb: name, input, options }));
    };
  return {
    rotate: async (id, input = {}, options = {}) => {
      const told = [
        [rotationForms.ROTATE, input],
        [forms.WRITE, options],
      ] as const;
      const { engine, act } = await begin([forms.ID, { id }], ...told);
      return withRightsOfNow(act, (now) => rotateKey(engine, now, { id, input, options }));
    },
    rotations: {
      get: async (id) => {
        const { engine, act } = await begin([forms.ID, { id }]);
        return getRotation(engine, act, id);
      },
      list: (query = {}) =>
        listRotations(async () => (await begin([rotationForms.QUERY, query])).act, query),
      emergency: async (input, options = {}) => {
        const told = [
          [rotationForms.EMERGENCY, input],
          [forms.WRITE, options],
        ] as const;
        const { engine, act } = await begin(...told);
        return withRightsOfNow(act, (now) => rotateAll(engine, now, { input, options }));
      },
      approve: verb('approve'),
      retry: verb('retry'),
      skip: verb('skip'),
      extend: verb('extend'),
      waive: verb('waive'),
      finish: verb('finish'),
      rollback: verb('rollback'),
      abort: verb('abort'),
      undo: verb('undo'),
    },
    policies: policiesOf(async (...told) => (await begin(...told)).act),
  };
}
