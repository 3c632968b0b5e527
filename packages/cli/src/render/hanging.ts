import type { Style } from './style.ts';
import { visibleLength } from './table.ts';

/**
 * Text behind a head (a mark, a name), broken between words where the terminal ends, its further lines below its first. `ink`
 * colours a line once its length is known; text that has lines of its own keeps them.
 */
export function hanging(
  head: string,
  text: string,
  { textWidth }: Pick<Style, 'textWidth'>,
  ink: (line: string) => string = (line) => line,
): string {
  const indent = visibleLength(head);
  const lines = text.split('\n').flatMap((line) => broken(line, textWidth - indent));
  return head + lines.map(ink).join(`\n${' '.repeat(indent)}`);
}

function broken(text: string, width: number): string[] {
  if (Array.from(text).length <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || Array.from(longer).length <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
