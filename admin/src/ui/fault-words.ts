import { Fault } from '../api/fault.js';
import { uiText } from '../messages/en/ui.js';

/** A fault in words: what happened, what the server says of it, and the next step. */
interface FaultWords {
  readonly title: string;
  readonly detail: string | undefined;
  readonly todo: string | undefined;
}

const text = uiText.faults;

const BY_STATUS: Readonly<Record<number, readonly [title: string, todo: string | undefined]>> = {
  0: [text.away, text.awayTodo],
  401: [text.over, text.overTodo],
  403: [text.denied, text.deniedTodo],
  404: [text.gone, text.goneTodo],
  409: [text.conflict, undefined],
  412: [text.changed, text.changedTodo],
  400: [text.refused, undefined],
  422: [text.refused, undefined],
  503: [text.unavailable, text.unavailableTodo],
};

/**
 * What to say of an error.
 * @public
 */
export function faultWords(error: unknown): FaultWords {
  if (!(error instanceof Fault)) {
    return { title: text.unexpected, detail: undefined, todo: text.unexpectedTodo };
  }
  const { status, message, retryAfterSeconds } = error;
  if (status === 429) {
    return { title: text.busy, detail: undefined, todo: text.busyTodo(retryAfterSeconds ?? 1) };
  }
  const [title, todo] = BY_STATUS[status] ?? [text.unexpected, text.unexpectedTodo];
  const isSaid = status !== 404 && status !== 0 && message !== '';
  return { title, detail: isSaid ? message : undefined, todo };
}
