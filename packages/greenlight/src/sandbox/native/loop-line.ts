/** Where a Python step was when its time was over. */

const FRAME = /^ {2}File "([^"\n]+)", line (\d+)/gm;
const LOOP = /^\s*(?:while|for|async for)\b/;
/** Lines above the interrupted one in which its loop is looked for. */
const LINES_ABOVE = 50;

/**
 * The line of the loop that was interrupted: of the innermost frame in one of the job's files, the head of the nearest loop around it,
 * else the line itself.
 *
 * @param trace what `faulthandler` wrote, innermost frame first
 */
export function loopLineAt(trace: string, sources: { readonly [path: string]: string }): number | undefined {
  for (const [, file = '', line] of trace.matchAll(FRAME)) {
    const source = sources[file.replace(/^\/box\//, '')];
    if (source !== undefined) return headOf(source.split('\n'), Number(line));
  }
  return undefined;
}

function headOf(lines: readonly string[], line: number): number {
  const own = lines[line - 1] ?? '';
  for (let above = line; above > Math.max(0, line - LINES_ABOVE); above -= 1) {
    const text = lines[above - 1] ?? '';
    if (LOOP.test(text) && (above === line || indentOf(text) < indentOf(own))) return above;
  }
  return line;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
