import { parseTime } from './duration.js';

const SHAPE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/**
 * A date of HTTP in milliseconds UTC, in the one form that senders make (RFC 9110 §5.6.7);
 * undefined if it is none.
 * @public
 */
export function parseHttpDate(text: string): number | undefined {
  const [, day, month = '', year, time] = SHAPE.exec(text) ?? [];
  const monthAt = MONTHS.indexOf(month) / 3 + 1;
  if (day === undefined || !Number.isInteger(monthAt) || monthAt < 1) return undefined;
  return parseTime(`${year}-${String(monthAt).padStart(2, '0')}-${day}T${time}Z`);
}
