import type { AutomationStore } from '../../src/store/automation.js';

/** What rotates keys by itself, each call as `call` has it. */
export function meddledAutomation(
  store: AutomationStore,
  call: <T>(run: () => Promise<T>) => Promise<T>,
): AutomationStore {
  return {
    getDestination: (id, within) => call(() => store.getDestination(id, within)),
    listDestinations: (filter) => call(() => store.listDestinations(filter)),
    destinationsOf: (keyId) => call(() => store.destinationsOf(keyId)),
    dueSlots: (nowMs, limit) => call(() => store.dueSlots(nowMs, limit)),
    slotsOf: (keyIds) => call(() => store.slotsOf(keyIds)),
    usedDueTimes: (keyIds, untilMs) => call(() => store.usedDueTimes(keyIds, untilMs)),
    planning: () => call(() => store.planning()),
    savePlanning: (planned) => call(() => store.savePlanning(planned)),
    reviewing: () => call(() => store.reviewing()),
    saveReviewing: (change) => call(() => store.saveReviewing(change)),
    recordedAt: (ids) => call(() => store.recordedAt(ids)),
    warningsOf: (keyIds) => call(() => store.warningsOf(keyIds)),
  };
}
