/** What a command printed with --json: one value, or one a line. */
export function parsed(text: string): unknown {
  return JSON.parse(text);
}

export function parsedLines(text: string): unknown[] {
  return text.trim().split('\n').map(parsed);
}
