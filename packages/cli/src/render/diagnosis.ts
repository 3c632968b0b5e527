import type { Check } from '../doctor/check.ts';
import { hanging } from './hanging.ts';
import { printable, printableLine } from './printable.ts';
import type { Style } from './style.ts';

const NAME_WIDTH = 19;

/** One check on a line; what to do about a failed one below it. */
export function renderCheck({ name, status, detail, advice }: Check, style: Style): string {
  const mark = { ok: style.tick, failed: style.cross, skipped: style.dash }[status];
  const line = hanging(`${mark} ${name.padEnd(NAME_WIDTH - 1)} `, printable(detail), style);
  return advice === undefined
    ? line
    : `${line}\n${hanging(`  ${style.color.yellow('→')} `, printableLine(advice), style)}`;
}
