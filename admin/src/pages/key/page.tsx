import { Page } from '../../ui/page.js';
export function KeyPage() {
  return <Page title="">{null}</Page>;
}
