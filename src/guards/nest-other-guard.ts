import { type CanActivate, type ExecutionContext, HttpException } from '@nestjs/common';

type Answer = ReturnType<CanActivate['canActivate']>;

const SERVER_ERROR = 500;

/**
 * Whether a guard of the application's admits. It refuses by `false`, or by an exception for the
 * client.
 * @throws {unknown} any other fault is the guard's own, and admits nobody.
 */
export async function admits(guard: CanActivate, context: ExecutionContext): Promise<boolean> {
  try {
    return (await lastOf(guard.canActivate(context))) === true;
  } catch (fault) {
    if (fault instanceof HttpException && fault.getStatus() < SERVER_ERROR) return false;
    throw fault;
  }
}

/** What a guard answers, in any of the three ways it may; of an observable, the last value. */
function lastOf(answer: Answer): boolean | Promise<boolean> {
  if (typeof answer !== 'object' || answer === null || !('subscribe' in answer)) return answer;
  return new Promise((resolve, reject) => {
    let last = false;
    answer.subscribe({
      next: (value) => {
        last = value;
      },
      error: reject,
      complete: () => resolve(last),
    });
  });
}
