import type { SystemPart } from '@switchyard/orchestrator';
import { hanging } from './hanging.ts';
import { printableLine } from './printable.ts';
import type { Style } from './style.ts';

const NAME_WIDTH = 12;
const USUAL_URL = 'http://127.0.0.1:8000';

/** What is on, what is off and why; then what to type next. */
export function renderBanner(parts: readonly SystemPart[], version: string, url: string | null, style: Style): string {
  const { color } = style;
  const lines = [color.bold(`Switchyard ${version}`)];
  const marks = { on: style.tick, off: style.dash, troubled: style.cross };
  for (const { name, state, detail } of parts) {
    // A name that fills its column keeps a space behind it.
    const head = `  ${marks[state]} ${`${printableLine(name)} `.padEnd(NAME_WIDTH)}`;
    lines.push(hanging(head, printableLine(detail), style, state === 'troubled' ? color.red : color.dim));
  }
  if (url === null) return lines.join('\n');
  lines.push(
    `  API        ${color.cyan(`${url}/docs`)}`,
    `  next       ${color.bold(`npx switchyard submit "Say hello" --wait${serverFlag(url)}`)}   in another terminal`,
    `  see it all ${color.bold('npx switchyard demo')}`,
  );
  return lines.join('\n');
}

/** What a command needs to find a server that is not where commands look by themselves. */
function serverFlag(url: string): string {
  return url === USUAL_URL ? '' : ` --server ${url}`;
}
