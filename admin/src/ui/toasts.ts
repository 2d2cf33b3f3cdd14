import { Toast } from '@base-ui/react/toast';

/** What a notice is about. */
interface ToastData {
  readonly isFault?: boolean;
}

/** Where notices are handed in. */
export const toasts = Toast.createToastManager<ToastData>();

/**
 * Says, for a moment, what has been done.
 * @public
 */
export function tell(title: string, description?: string): void {
  toasts.add({ title, description, data: {} });
}

/**
 * Says, until it is put away, what could not be done.
 * @public
 */
export function tellFault(title: string, description?: string): void {
  toasts.add({ title, description, priority: 'high', timeout: 0, data: { isFault: true } });
}
