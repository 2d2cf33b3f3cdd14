import type { Destinations } from '../destination-views.js';
import { requireForms, type Told } from '../form.js';
import type { Act } from '../lifecycle/context.js';
import * as forms from '../lifecycle/input-forms.js';
import { rightsOf } from '../lifecycle/rights.js';
import { withRightsOfNow } from '../lifecycle/rights-now.js';
import type { Policies } from '../policy-views.js';
import type { Caller, Keys, Management, WriteOptions } from '../public.js';
import type {
  PlannedRotation,
  RotateAnswer,
  RotateDryRun,
  RotatedKey,
  RotateNow,
} from '../rotate-views.js';
import type { RotateInput, Rotations, RotationVerb } from '../rotation-views.js';
import { destinationsOf } from './destination-nouns.js';
import { rotateAll } from './emergency.js';
import type { Engine } from './engine.js';
import * as rotationForms from './input-forms.js';
import { LEAKS } from './leaks/leak-input.js';
import { reportLeaks } from './leaks/report.js';
import { createPolicy, deletePolicy, getPolicy, listPolicies, updatePolicy } from './policies.js';
import * as policyForms from './policy-forms.js';
import { actOn, getRotation, listRotations } from './rotations.js';
import { rotateKey } from './start.js';
import type { VerbInput } from './verbs.js';

function policiesOf(
  beginWith: (...told: readonly Told[]) => Promise<{ engine: Engine; act: Act }>,
): Policies {
  const begin = async (...told: readonly Told[]) => (await beginWith(...told)).act;
  return {
    create: async (input, options = {}) => {
      const { engine, act } = await beginWith([policyForms.POLICY, input], [forms.WRITE, options]);
      const { hasMail } = engine.sending;
      return withRightsOfNow(act, (now) => createPolicy(now, input, { ...options, hasMail }));
    },
    get: async (name, where = {}) =>
      getPolicy(await begin([forms.ID, { id: name }], [forms.PLACE, where]), name, where),
    list: (query = {}) => listPolicies(() => begin([policyForms.POLICY_QUERY, query]), query),
    update: async (name, patch, options = {}) => {
      const told = [
        [policyForms.POLICY_PATCH, patch],
        [forms.UPDATE_IN_PLACE, options],
      ] as const;
      const { engine, act } = await beginWith([forms.ID, { id: name }], ...told);
      const { hasMail } = engine.sending;
      return withRightsOfNow(act, (now) => updatePolicy(now, name, { patch, options, hasMail }));
    },
    // The parser of such files is loaded by who has one.
    test: async (input) => {
      const { engine, act } = await beginWith([policyForms.POLICY_FILE, input]);
      const { testPolicies } = await import('./policy-file/trial.js');
      return testPolicies(engine, act, input);
    },
    apply: async (input, options = {}) => {
      const told = [
        [policyForms.POLICY_FILE_TO_APPLY, input],
        [forms.WRITE, options],
      ] as const;
      const { engine, act } = await beginWith(...told);
      const { hasMail } = engine.sending;
      const { applyPolicies } = await import('./policy-file/apply.js');
      return withRightsOfNow(act, (now) => applyPolicies(now, input, { ...options, hasMail }));
    },
    // What foresees is loaded by who asks.
    calendar: async (name, query = {}) => {
      const act = await begin([forms.ID, { id: name }], [policyForms.CALENDAR_QUERY, query]);
      const { calendarOf } = await import('./schedule/calendar.js');
      return calendarOf(act, name, query);
    },
    delete: async (name, options = {}) => {
      const act = await begin([forms.ID, { id: name }], [forms.UPDATE_IN_PLACE, options]);
      return withRightsOfNow(act, (now) => deletePolicy(now, name, options));
    },
  };
}

function keysOf(
  begin: (...told: readonly Told[]) => Promise<{ engine: Engine; act: Act }>,
): Pick<Keys, 'rotate' | 'reportLeaks' | 'bulk'> {
  async function rotate(id: string, input?: RotateNow, options?: WriteOptions): Promise<RotatedKey>;
  async function rotate(
    id: string,
    input: RotateDryRun,
    options?: WriteOptions,
  ): Promise<PlannedRotation>;
  async function rotate(
    id: string,
    input?: RotateInput,
    options?: WriteOptions,
  ): Promise<RotateAnswer>;
  async function rotate(id: string, input: RotateInput = {}, options: WriteOptions = {}) {
    const told = [
      [rotationForms.ROTATE, input],
      [forms.WRITE, options],
    ] as const;
    const { engine, act } = await begin([forms.ID, { id }], ...told);
    return withRightsOfNow(act, (now) => rotateKey(engine, now, { id, input, options }));
  }
  return {
    rotate,
    bulk: async (input, options = {}) => {
      const told = [
        [rotationForms.BULK, input],
        [forms.WRITE, options],
      ] as const;
      const { engine, act } = await begin(...told);
      const { bulk } = await import('./bulk/bulk.js');
      return bulk(engine, act, { input, options });
    },
    reportLeaks: async (input) => {
      const { engine, act } = await begin([LEAKS, input]);
      return withRightsOfNow(act, (now) => reportLeaks(engine, now, input));
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
  readonly keys: Pick<Keys, 'rotate' | 'reportLeaks' | 'bulk'>;
  readonly rotations: Rotations;
  readonly policies: Policies;
  readonly destinations: Destinations;
  readonly overview: Management['overview'];
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
    keys: keysOf(begin),
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
    policies: policiesOf(begin),
    destinations: destinationsOf(begin),
    // Who never asks loads nothing of it.
    overview: async (query = {}) => {
      const { engine, act } = await begin([rotationForms.OVERVIEW, query]);
      const { overview } = await import('./overview/overview.js');
      return overview(engine, act, query);
    },
  };
}
