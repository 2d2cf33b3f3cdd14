import type { NoticeOptions } from './notice-options.js';
import type { QuietHours } from './notify/quiet-hours.js';
import type { Places } from './notify/recipient.js';

/** Where people are told, when, whether this process does so, and what its channels may name. */
export function tellingOf(options: NoticeOptions | undefined, nowMs: () => number) {
  const isSender = options !== undefined;
  const connectionNames = Object.keys(options?.connections ?? {});
  const places = placesLater(options, nowMs);
  const hasMail = options?.smtp !== undefined;
  return { places, quietHours: quietHoursOf(options), isSender, connectionNames, hasMail };
}

/** What sends is loaded when somebody is told. */
function placesLater(options: NoticeOptions | undefined, nowMs: () => number): Places {
  let loading: Promise<Places> | undefined;
  const places = () => {
    loading ??= import('./notice-places.js').then(({ placesOf }) => placesOf(options, nowMs));
    return loading;
  };
  return {
    mail: async () => (await places()).mail(),
    open: async (channel) => (await places()).open(channel),
  };
}

/** `22:00` to `07:00` as minutes of the day; null: none are set. */
function quietHoursOf(options: NoticeOptions | undefined): QuietHours | null {
  const quiet = options?.quietHours;
  if (quiet === undefined) return null;
  return { fromMinute: minuteOf(quiet.from), toMinute: minuteOf(quiet.to) };
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
