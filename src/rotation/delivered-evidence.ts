import { isUncertain } from './delivery.js';
import type { Details } from './details.js';
import type { Evidence } from './evidence.js';

/**
 * E5: every place that holds it has the new one. Nothing is read back from a person, who sees to what
 * was passed over. Where the new one may be nowhere at all, a use of it has to show that it is.
 */
export function deliveredOf(details: Details, isUsed: boolean): Evidence {
  const { deliver, destinations = [] } = details;
  const isIn = (state: string) => destinations.filter((one) => one.state === state);
  const unread = isIn('delivered').filter(({ isConfirmed }) => !isConfirmed);
  const figures = {
    destinations: destinations.length,
    readBack: isIn('delivered').length - unread.length,
    cannotBeRead: unread.map(({ name }) => name),
    skipped: isIn('skipped').map(({ name }) => name),
    unknown: isIn('unknown').map(({ name }) => name),
    waiting: [...isIn('waiting'), ...isIn('writing')].map(({ name }) => name),
  };
  if (deliver === 'claim') return { id: 'E5', state: 'not_applicable', sure: 'certain', figures };
  if (figures.waiting.length === 0 && isUncertain(details) && !isUsed) {
    return { id: 'E5', state: 'cannot_tell', sure: 'unknown', figures };
  }
  const doubts = [...figures.cannotBeRead, ...figures.skipped, ...figures.unknown];
  const state = figures.waiting.length === 0 ? 'met' : 'unmet';
  return { id: 'E5', state, sure: doubts.length === 0 ? 'certain' : 'likely', figures };
}
