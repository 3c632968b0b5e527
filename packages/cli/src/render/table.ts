import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Style } from './style.ts';

/** A space on either side of a cell. */
const PADDING = 2;
const NARROWEST_COLUMN = 8;

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** May be wrapped when the table is wider than the terminal; the widest of these gives way first. */
  readonly wraps?: boolean;
}

const ASCII = {
  top: '-',
  'top-mid': '+',
  'top-left': '+',
  'top-right': '+',
  bottom: '-',
  'bottom-mid': '+',
  'bottom-left': '+',
  'bottom-right': '+',
  left: '|',
  'left-mid': '+',
  mid: '-',
  'mid-mid': '+',
  right: '|',
  'right-mid': '+',
  middle: '|',
};

/** A table that fits `style.width`. Cells are safe text already (see `printable.ts`). */
export function renderTable(style: Style, columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: columns.map(({ head }) => style.color.bold(head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    colWidths: columnWidths(style.width, columns, rows),
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], compact: true },
    ...(style.unicode ? {} : { chars: ASCII }),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

function columnWidths(width: number, columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  const widths = columns.map(({ head }, index) => {
    const cells = [head, ...rows.map((row) => row[index] ?? '')];
    return PADDING + Math.max(...cells.flatMap((cell) => cell.split('\n').map(visibleLength)));
  });
  const borders = columns.length + 1;
  let excess = widths.reduce((sum, one) => sum + one, borders) - width;
  while (excess > 0) {
    const widest = widestWrapping(columns, widths);
    if (widest === undefined) break;
    const second = Math.max(
      NARROWEST_COLUMN,
      ...widths.filter((_, index) => index !== widest && columns[index]?.wraps === true),
    );
    const now = widths[widest] ?? 0;
    const less = Math.max(1, Math.min(excess, now - second, now - NARROWEST_COLUMN));
    widths[widest] = now - less;
    excess -= less;
  }
  return widths;
}

function widestWrapping(columns: readonly Column[], widths: readonly number[]): number | undefined {
  let widest: number | undefined;
  for (const [index, { wraps }] of columns.entries()) {
    const width = widths[index] ?? 0;
    if (wraps !== true || width <= NARROWEST_COLUMN) continue;
    if (widest === undefined || width > (widths[widest] ?? 0)) widest = index;
  }
  return widest;
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
