import type { ReactNode } from 'react';
import { uiText } from '../messages/en/ui.js';
import { IconButton } from './button.js';
import { Icon } from './icon.js';
import { names } from './names.js';
import { Bone, Loading } from './skeleton.js';
import css from './table.module.css';

/**
 * A column of a table.
 * @public
 */
export interface Column<Row> {
  readonly id: string;
  readonly title: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  /** Figures stand at the end of their cell. */
  readonly isFigure?: boolean;
  /** Left out where there is little room. */
  readonly isWideOnly?: boolean;
  /** How the list is sorted by it; absent: it cannot be. */
  readonly sort?: { readonly isBy: 'up' | 'down' | undefined; readonly onSort: () => void };
}

interface TableProps<Row> {
  /** What the table holds, for who cannot see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined while they are loaded: bones stand in for them. */
  readonly rows: readonly Row[] | undefined;
  readonly idOf: (row: Row) => string;
  readonly isSelected?: (row: Row) => boolean;
  readonly boneCount?: number;
}

/**
 * Rows of things.
 * @public
 */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, idOf, isSelected, boneCount = 8 } = props;
  return (
    // What scrolls has to be reached by the keyboard.
    <section className={css['scroll']} aria-label={label} tabIndex={0}>
      <table className={css['table']} aria-busy={rows === undefined}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.id} column={column} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows === undefined
            ? Array.from({ length: boneCount }, (_, index) => index).map((index) => (
                <BoneRow key={index} columns={columns} isFirst={index === 0} />
              ))
            : rows.map((row) => (
                <tr key={idOf(row)} data-selected={isSelected?.(row)}>
                  {columns.map((column) => (
                    <td key={column.id} className={cellClass(column)}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </section>
  );
}

function Head<Row>({ column }: { readonly column: Column<Row> }) {
  const { title, sort } = column;
  if (sort === undefined) {
    return (
      <th scope="col" className={cellClass(column)}>
        {title}
      </th>
    );
  }
  const order = { up: 'ascending', down: 'descending' } as const;
  const isBy = sort.isBy === undefined ? 'none' : order[sort.isBy];
  return (
    <th scope="col" className={cellClass(column)} aria-sort={isBy}>
      <button type="button" className={css['sort']} onClick={sort.onSort}>
        {title}
        <SortMark isBy={sort.isBy} />
      </button>
    </th>
  );
}

function SortMark({ isBy }: { readonly isBy: 'up' | 'down' | undefined }) {
  if (isBy === undefined) return <Icon name="sort" size={12} />;
  return <span aria-hidden="true">{isBy === 'up' ? '↑' : '↓'}</span>;
}

function BoneRow<Row>(props: { readonly columns: readonly Column<Row>[]; isFirst: boolean }) {
  return (
    <tr>
      {props.columns.map((column, index) => (
        <td key={column.id} className={cellClass(column)}>
          <Bone size={index % 2 === 0 ? 'middle' : 'long'} />
          {props.isFirst && index === 0 && <Loading />}
        </td>
      ))}
    </tr>
  );
}

function cellClass<Row>({ isFigure, isWideOnly }: Column<Row>): string {
  return names(isFigure && css['end'], isWideOnly && css['narrowOff']);
}

interface PagerProps {
  readonly said: ReactNode;
  readonly onPrevious: (() => void) | undefined;
  readonly onNext: (() => void) | undefined;
}

/**
 * Goes through the pages of a list.
 * @public
 */
export function Pager({ said, onPrevious, onNext }: PagerProps) {
  return (
    <nav className={css['pager']} aria-label={uiText.nextPage}>
      <span>{said}</span>
      <div>
        <PagerButton label={uiText.previousPage} icon="chevronLeft" onGo={onPrevious} />
        <PagerButton label={uiText.nextPage} icon="chevronRight" onGo={onNext} />
      </div>
    </nav>
  );
}

function PagerButton(props: {
  readonly label: string;
  readonly icon: 'chevronLeft' | 'chevronRight';
  readonly onGo: (() => void) | undefined;
}) {
  const { label, icon, onGo } = props;
  return (
    <IconButton
      look="plain"
      isSmall
      icon={icon}
      label={label}
      disabled={onGo === undefined}
      onClick={onGo}
    />
  );
}
