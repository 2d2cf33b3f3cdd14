import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import css from './tabs.module.css';

interface TabsProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** What is shown is made only for the tab that is chosen. */
  readonly tabs: readonly {
    readonly value: string;
    readonly label: string;
    readonly show: () => ReactNode;
  }[];
}

/**
 * Several views of one thing.
 * @public
 */
export function Tabs({ value, onChange, tabs }: TabsProps) {
  return (
    <Base.Root value={value} onValueChange={(next) => onChange(String(next))}>
      <Base.List className={css['list']}>
        {tabs.map((tab) => (
          <Base.Tab key={tab.value} value={tab.value} className={css['tab']}>
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className={css['panel']}>
          {tab.value === value && tab.show()}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
