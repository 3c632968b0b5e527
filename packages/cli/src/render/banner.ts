import type { SystemPart } from '@switchyard/orchestrator';
import { printableLine } from './printable.ts';
import type { Style } from './style.ts';

const NAME_WIDTH = 12;

/** What is on, what is off and why; then what to type next. */
export function renderBanner(parts: readonly SystemPart[], version: string, url: string | null, style: Style): string {
  const { color } = style;
  const lines = [color.bold(`Switchyard ${version}`)];
  for (const { name, on, detail } of parts) {
    lines.push(`  ${on ? style.tick : style.dash} ${name.padEnd(NAME_WIDTH)}${color.dim(printableLine(detail))}`);
  }
  if (url === null) return lines.join('\n');
  lines.push(
    `  API        ${color.cyan(`${url}/docs`)}`,
    `  next       ${color.bold('switchyard submit "Say hello" --wait')}   in another terminal`,
    `  see it all ${color.bold('switchyard demo')}`,
  );
  return lines.join('\n');
}
