import { base } from '../api/base.js';

interface RotationLinkProps {
  readonly id: string;
  readonly children: string;
}

/**
 * Leads to a rotation.
 * @public
 */
export function RotationLink({ id, children }: RotationLinkProps) {
  return <a href={new URL(`admin/rotations/${id}`, base).pathname}>{children}</a>;
}
