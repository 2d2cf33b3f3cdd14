import { Page } from '../../ui/page.js';
export function CreatePage() {
  return <Page title="">{null}</Page>;
}
