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
  const widths = columnWidths(style.width, columns, rows);
  const table = new Table({
    head: columns.map(({ head }) => style.color.bold(head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    colWidths: widths,
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], compact: true },
    ...(style.unicode ? {} : { chars: ASCII }),
  });
  table.push(...rows.map((row) => row.map((cell, index) => breakWords(cell, (widths[index] ?? 0) - PADDING))));
  return table.toString();
}

/** Whether these rows fit as a table in which what `wraps` keeps this many characters, if it needs them. */
export function fitsAsTable(
  style: Style,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  narrowest: number,
): boolean {
  const least = naturalWidths(columns, rows).map((width, index) =>
    columns[index]?.wraps === true ? Math.min(width, narrowest + PADDING) : width,
  );
  return least.reduce((sum, one) => sum + one, columns.length + 1) <= style.width;
}

/** A word that is longer than its column goes on in the next line: the table's own way is to cut it off, a path or an id too. */
function breakWords(cell: string, width: number): string {
  if (cell !== stripVTControlCharacters(cell)) return cell;
  return cell.replace(/\S+/gu, (word) => {
    const characters = Array.from(word);
    if (characters.length <= width || width < 1) return word;
    const lines = Math.ceil(characters.length / width);
    return Array.from({ length: lines }, (_, line) => characters.slice(line * width, (line + 1) * width).join('')).join(
      '\n',
    );
  });
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ head }, index) => {
    const cells = [head, ...rows.map((row) => row[index] ?? '')];
    return PADDING + Math.max(...cells.flatMap((cell) => cell.split('\n').map(visibleLength)));
  });
}

function columnWidths(width: number, columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  const widths = naturalWidths(columns, rows);
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

/** Of a cell on the screen: without its colours. */
export function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
