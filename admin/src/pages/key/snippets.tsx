import { useState } from 'react';
import type { Key } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { CodeBlock } from '../../ui/copy.js';
import { Card } from '../../ui/page.js';
import { Tabs } from '../../ui/tabs.js';
import css from './key.module.css';
import { SNIPPETS } from './snippet-texts.js';

/** How a program calls with a key. */
export function Snippets({ keyShown }: { readonly keyShown: Key }) {
  const [language, setLanguage] = useState<string>('curl');
  const path = keyShown.restrictions.paths?.[0]?.replace(/\/?\*.*$/, '') ?? '/reports';
  const tabs = SNIPPETS.map(({ name, label, code }) => ({
    value: name,
    label,
    show: () => (
      <CodeBlock label={text.snippet(label)} text={code(`https://api.example.com${path}`)} />
    ),
  }));
  return (
    <Card>
      <p className={css['said']}>{text.useSaid}</p>
      <Tabs value={language} onChange={setLanguage} tabs={tabs} />
    </Card>
  );
}
