import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import { Icon, type IconName } from './icon.js';
import css from './menu.module.css';
import { names } from './names.js';

interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactElement;
  readonly children: ReactNode;
  readonly side?: 'bottom' | 'top';
  readonly align?: 'start' | 'end';
}

/**
 * What can be done, behind a button.
 * @public
 */
export function Menu({ trigger, children, side = 'bottom', align = 'end' }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={css['positioner']} side={side} align={align} sideOffset={6}>
          <Base.Popup className={css['popup']}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface MenuItemProps {
  readonly icon?: IconName;
  readonly isDanger?: boolean;
  readonly isDisabled?: boolean;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}

/**
 * One thing that can be done.
 * @public
 */
export function MenuItem(props: MenuItemProps) {
  const { icon, isDanger = false, isDisabled = false, onChoose, children } = props;
  return (
    <Base.Item
      className={names(css['item'], isDanger && css['danger'])}
      disabled={isDisabled}
      onClick={onChoose}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </Base.Item>
  );
}

/**
 * A line between two kinds of things.
 * @public
 */
export function MenuLine() {
  return <Base.Separator className={css['line']} />;
}

interface MenuChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly {
    readonly value: Value;
    readonly label: string;
    readonly icon: IconName;
  }[];
  readonly onChoose: (value: Value) => void;
}

/**
 * One of some, in a menu.
 * @public
 */
export function MenuChoice<Value extends string>(props: MenuChoiceProps<Value>) {
  const { label, value, choices, onChoose } = props;
  return (
    <Base.Group>
      <Base.GroupLabel className={css['label']}>{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={onChoose}>
        {choices.map((choice) => (
          <Base.RadioItem key={choice.value} value={choice.value} className={css['item']}>
            <Icon name={choice.icon} />
            {choice.label}
            <Base.RadioItemIndicator className={css['mark']}>
              <Icon name="check" size={14} />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}
