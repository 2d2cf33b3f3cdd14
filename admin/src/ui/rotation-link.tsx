import { Link } from '@tanstack/react-router';

interface RotationLinkProps {
  readonly id: string;
  readonly children: string;
}

/**
 * Leads to a rotation.
 * @public
 */
export function RotationLink({ id, children }: RotationLinkProps) {
  return (
    <Link to="/rotations/$id" params={{ id }}>
      {children}
    </Link>
  );
}
