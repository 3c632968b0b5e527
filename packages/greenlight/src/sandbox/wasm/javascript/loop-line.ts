/** A keyword that starts a loop, at the start of a statement. */
const LOOP = /(?:^|[;{}]|\s)(?:for|while|do)\b/;

/**
 * The line of the loop that ran when the engine stopped itself at `line`. The engine notes its place at calls only: what it
 * reports lies inside the loop when that calls something, else before it. So: this line, when a loop starts on it; else
 * the nearest loop above that is indented less; else the first one below; else the line itself.
 */
export function loopLineNear(source: string, line: number): number {
  const lines = source.split('\n', line + 200);
  const own = lines[line - 1] ?? '';
  if (LOOP.test(own)) return line;
  for (let above = line - 1; above >= Math.max(1, line - 200); above -= 1) {
    const text = lines[above - 1] ?? '';
    if (LOOP.test(text) && indentOf(text) < indentOf(own)) return above;
  }
  const below = lines.findIndex((text, index) => index >= line && LOOP.test(text));
  return below === -1 ? line : below + 1;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
