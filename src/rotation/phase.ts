import type { RotationRecord, RotationStep } from '../store/rotation.js';

/** What people see of where a rotation is. */
export type Phase = 'preparing' | 'delivering' | 'both_live' | 'retiring' | 'done';

const PHASE: Readonly<Record<RotationStep, Phase>> = {
  preflight: 'preparing',
  approve: 'preparing',
  announce: 'delivering',
  issue: 'delivering',
  activate: 'delivering',
  probe: 'delivering',
  deliver: 'delivering',
  observe: 'both_live',
  disable: 'retiring',
  revoke: 'retiring',
};

/** Closed, it is done, however it ended. */
export function phaseOf({ step, isOpen }: Pick<RotationRecord, 'step' | 'isOpen'>): Phase {
  return isOpen ? PHASE[step] : 'done';
}
