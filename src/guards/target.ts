/** Path and query of an absolute URL, as they stand there: parsing it costs more than the check. */
export function targetIn(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + '://'.length);
  if (start === -1) return '/';
  const end = url.indexOf('#', start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}
