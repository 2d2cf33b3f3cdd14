import { keysText as text } from '../../messages/en/keys.js';
import { Page } from '../../ui/page.js';

/** The list of keys. */
export function KeysPage() {
  return <Page title={text.title}>{null}</Page>;
}
