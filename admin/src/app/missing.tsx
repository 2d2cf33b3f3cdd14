import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { appText as text } from '../messages/en/app.js';
import { buttonClass } from '../ui/button.js';
import { Empty } from '../ui/empty.js';
import { FaultNote } from '../ui/fault-note.js';
import { Page } from '../ui/page.js';

/**
 * What stands at an address that no page has.
 * @public
 */
export function Missing() {
  const acts = (
    <Link to="/keys" className={buttonClass('plain')}>
      {text.missingAct}
    </Link>
  );
  return <Empty icon="search" title={text.missing} said={text.missingSaid} acts={acts} />;
}

/**
 * What stands where a page fell over.
 * @public
 */
export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <Page title={text.broken}>
      <FaultNote error={error} onRetry={reset} />
    </Page>
  );
}
