/** One field of a request that was refused, and what to do about it. */
interface FieldFault {
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

/**
 * Why a request did not do what it was asked: a problem document (RFC 9457), or no answer at all.
 * @public
 */
export class Fault extends Error {
  readonly status: number; // 0 where nobody answered.
  readonly code: string;
  readonly title: string;
  readonly fields: readonly FieldFault[];
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** All that the problem document says. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(response: Response | undefined, problem: Readonly<Record<string, unknown>>) {
    super(textOf(problem['detail']) ?? textOf(problem['title']) ?? '');
    this.status = response?.status ?? 0;
    this.code = textOf(problem['code']) ?? (response === undefined ? 'away' : 'unreadable');
    this.title = textOf(problem['title']) ?? '';
    this.fields = fieldsOf(problem['errors']);
    this.requestId = response?.headers.get('request-id') ?? undefined;
    this.retryAfterSeconds = secondsOf(response?.headers.get('retry-after'));
    this.problem = problem;
  }

  /** What is wrong with a field, e.g. `/name`. */
  of(pointer: string): string | undefined {
    const found = this.fields.find((field) => field.pointer === pointer);
    return found === undefined ? undefined : `${found.message} ${found.fix}`;
  }
}

/** A fault out of a body that says it. */
export function faultOf(response: Response, body: unknown): Fault {
  return new Fault(response, isRecord(body) ? body : {});
}

/** Whether a value is an object whose fields can be looked at. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(errors: unknown): readonly FieldFault[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(isRecord).map(({ pointer, message, fix }) => ({
    pointer: textOf(pointer) ?? '',
    message: textOf(message) ?? '',
    fix: textOf(fix) ?? '',
  }));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function secondsOf(text: string | null | undefined): number | undefined {
  return text === null || text === undefined || !/^\d{1,6}$/.test(text) ? undefined : Number(text);
}
