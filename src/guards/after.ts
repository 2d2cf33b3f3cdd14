/** Goes on at once where it can: a promise per request is for those that need one. */
export function after<T, U>(
  value: T | Promise<T>,
  next: (value: T) => U | Promise<U>,
): U | Promise<U> {
  return isPending(value) ? Promise.resolve(value).then(next) : next(value);
}

function isPending<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
